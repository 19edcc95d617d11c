# What is deployed, made from each language's services: zips and container images.
{
  pkgs,
  pkgsFor,
  # As in languages/default.nix.
  folder ? ".",
}:
let
  inherit (pkgs) lib;
  targets = import ./targets.nix { inherit pkgs pkgsFor; };
  inherit (import ./ways.nix { inherit lib; }) model shared;
  functionName = language: shared "lambda" { inherit language; };
  imageFor =
    arch:
    import ./image.nix {
      inherit pkgs;
      target = targets.${arch};
    };
  # By architecture and language, what `make` makes of these services.
  each = make: lib.mapAttrs (arch: lib.mapAttrs (language: make { inherit arch language; })) services;
  # By architecture and language.
  services = lib.mapAttrs (_: target: import ./languages { inherit pkgs target folder; }) targets;

  # A server in a function is the same for every store; a function alone the same for each store of its service, and whatever
  # it is packed as. Ways share them.
  zipOf = import ./zip.nix { inherit pkgs; };
  zips = {
    ofFunctions = each (
      { language, ... }:
      made: lib.mapAttrs (service: zipOf "${functionName language}-${service}") made.functions
    );
    ofServers = each (
      { language, ... }:
      made:
      lib.mapAttrs (
        compute: _: zipOf (shared compute { inherit language; }) made.adapted.folder
      ) model.compute
    );
  };
  zip =
    {
      compute,
      language,
      store,
      arch,
      ...
    }:
    if model.compute.${compute} ? adapter then
      zips.ofServers.${arch}.${language}.${compute}
    else
      zips.ofFunctions.${arch}.${language}.${model.store.${store}.service};

  # A server's.
  makeImage =
    {
      language,
      arch,
      tag ? null,
    }:
    let
      inherit (services.${arch}.${language}) server;
      # Distroless' "nonroot", a number, so that Kubernetes' runAsNonRoot can check it.
      user = "65532";
      folder = lib.removePrefix "/" model.service.folder;
    in
    imageFor arch {
      inherit tag;
      inherit (server) content;
      name = shared "counter" { inherit language; };
      title = "The counter in ${model.language.${language}.title}";
      path = "counter";
      entrypoint = server.start "/counter";
      # For a count in a file: a volume that is mounted here starts with this owner.
      # The sandbox knows no such user, so fakeroot need not try.
      rootCommands = ''
        FAKEROOTDONTTRYCHOWN=1 install -d -o ${user} -g ${user} -m 750 ${folder}
      '';
      config = {
        ExposedPorts."${toString model.service.port}/tcp" = { };
        User = "${user}:${user}";
        WorkingDir = "/${folder}";
      };
    };

  images = each (which: _: makeImage which);
  image = { language, arch, ... }: images.${arch}.${language};

  # A function's: where Lambda has it, run by what stands for a managed runtime. Lambda chooses the user, and mounts /tmp.
  makeFunctionImage =
    {
      language,
      service,
      arch,
      tag ? null,
      runtime ? services.${arch}.${language}.runtime service,
    }:
    let
      made = services.${arch}.${language};
      task = "/var/task";
      # Lambda empties `_HANDLER` of a function from an image, whatever the image has
      # (aws/aws-lambda-ruby-runtime-interface-client#56): AWS's base images set it as they start, and so does this.
      handled = lib.mapAttrsToList (name: value: "${name}=${value}") (
        lib.filterAttrs (name: _: name == "_HANDLER") runtime.env
      );
      entrypoint =
        if runtime == null then
          {
            program = "${task}/bootstrap";
            args = [ ];
            env = { };
          }
        else if handled == [ ] then
          runtime
        else
          {
            program = lib.getExe' targets.${arch}.native.coreutils "env";
            args = handled ++ [ runtime.program ] ++ runtime.args;
            env = removeAttrs runtime.env [ "_HANDLER" ];
          };
    in
    imageFor arch {
      inherit tag;
      name = "${functionName language}-${service}";
      title = "The counter's function in ${model.language.${language}.title}";
      content = made.functions.${service};
      path = lib.removePrefix "/" task;
      inherit entrypoint;
      # It may be run as anybody.
      commands = "chmod --recursive u=rwX,go=rX var && mkdir --mode=1777 tmp";
      config.WorkingDir = task;
    };
  functionImages = each (
    which: made:
    lib.mapAttrs (
      service: _:
      makeFunctionImage (which // { inherit service; })
      // {
        runtime = made.runtime service;
        runtimeFiles = made.runtimeFiles or null;
      }
    ) made.functions
  );
  functionImage =
    {
      language,
      store,
      arch,
      ...
    }:
    functionImages.${arch}.${language}.${model.store.${store}.service};
in
{
  inherit
    services
    zip
    image
    functionImage
    ;
  # With a `tag` of their own; a function's image by its `service`, and with another build's `runtime`.
  inherit makeImage makeFunctionImage;
}
