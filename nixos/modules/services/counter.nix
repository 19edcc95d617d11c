# The counter's server as a hardened service. Its settings are the server's environment, its defaults the server's
# own (services/server/src/config.rs): what is null here is not set.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.counter;
  inherit (lib) mkOption types;
  # The same facts as nix/ways.nix reads: this module is imported by itself, too.
  inherit (lib.importJSON ../../../ways.json) store;
  urls = lib.concatStringsSep "|" (lib.unique (lib.mapAttrsToList (_: facts: facts.pattern) store));

  setting =
    type: example: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit example description;
    };

  # Below 1024 a capability is needed; none otherwise.
  port = lib.toInt (lib.last (lib.splitString ":" cfg.settings.LISTEN));
  privileged = cfg.settings.LISTEN != null && port < 1024;
in
{
  options.services.counter = {
    enable = lib.mkEnableOption "the counter's server";

    package = mkOption {
      type = types.package;
      description = "The server: Rust's or Python's.";
    };

    settings = mkOption {
      description = "The server's environment. Null leaves a variable out, so that the server's default holds.";
      default = { };
      type = types.submodule {
        freeformType = types.attrsOf (types.nullOr types.str);
        options = {
          LISTEN = setting (types.strMatching ".+:[0-9]+") "0.0.0.0:80" "Address and port.";
          STORE =
            setting (types.strMatching urls) "file:///var/lib/counter/hits"
              "Where the count lives. A file must be in `/var/lib/counter`: nothing else can be written to.";
          COUNTER_UPDATE = setting (types.enum [
            "atomic"
            "read-then-write"
          ]) "read-then-write" "How it counts.";
        };
      };
    };

    environmentFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/etc/ec2-metadata/user-data";
      description = ''
        A file of `NAME=VALUE` lines that is read when the service starts, for what is known only on the machine. It
        wins over the settings. While it is absent or empty, the service does not start: without it, it would count
        somewhere else, and nobody would know.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion =
          !lib.hasPrefix "file:" (toString cfg.settings.STORE)
          || lib.hasPrefix "file:///var/lib/counter/" cfg.settings.STORE;
        message = "services.counter.settings.STORE: a file must be in /var/lib/counter, the service's own folder";
      }
    ];

    systemd.services.counter = {
      description = "The counter";
      wantedBy = [ "multi-user.target" ];
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      environment = lib.filterAttrs (_: value: value != null) cfg.settings;

      # However often it fails, systemd starts it again: nobody else would.
      startLimitIntervalSec = 0;

      serviceConfig = {
        ExecStart = lib.getExe cfg.package;
        EnvironmentFile = lib.mkIf (cfg.environmentFile != null) cfg.environmentFile;
        # As root: the file may be readable for nobody else.
        ExecStartPre = lib.mkIf (
          cfg.environmentFile != null
        ) "+${lib.getExe' pkgs.coreutils "test"} -s ${cfg.environmentFile}";
        Restart = "on-failure";
        RestartSec = 1;
        # 2: refused its configuration, which no restart changes.
        RestartPreventExitStatus = 2;
        # The server drains for 10 s at most.
        TimeoutStopSec = 15;

        # A user of its own for as long as it runs; the one folder that it may write.
        DynamicUser = true;
        StateDirectory = "counter";
        StateDirectoryMode = "0700";
        UMask = "0077";
        WorkingDirectory = "%S/counter";

        # Nothing of the system is writable, nothing of the users visible.
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateDevices = true;
        PrivateUsers = !privileged;
        PrivateMounts = true;
        PrivateIPC = true;
        ProtectProc = "invisible";
        ProcSubset = "pid";
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        RemoveIPC = true;

        # It answers and calls over TCP; the resolver uses UDP and nscd's socket.
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        KeyringMode = "private";
        DevicePolicy = "closed";
        CapabilityBoundingSet = if privileged then [ "CAP_NET_BIND_SERVICE" ] else [ "" ];
        AmbientCapabilities = if privileged then [ "CAP_NET_BIND_SERVICE" ] else [ "" ];
        # The one port that it listens on, where it is known here. musl's resolver binds too, over UDP.
        SocketBindDeny = lib.mkIf (cfg.settings.LISTEN != null) "tcp";
        SocketBindAllow = lib.mkIf (cfg.settings.LISTEN != null) "tcp:${toString port}";

        SystemCallArchitectures = "native";
        SystemCallErrorNumber = "EPERM";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
          "~@resources"
        ];

        # One connection is one file.
        LimitNOFILE = 65536;
        LimitCORE = 0;
        MemoryMax = "256M";
        TasksMax = 64;
        OOMPolicy = "stop";
      };
    };
  };
}
