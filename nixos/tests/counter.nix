# A count that was acknowledged outlives the service's kill and the machine's reboot, and the service is the hardened
# one that the image has.
{ self }:
_: {
  name = "counter";

  nodes.machine = {
    imports = [ self.nixosModules.default ];
    services.counter = {
      enable = true;
      settings = {
        LISTEN = "127.0.0.1:80";
        STORE = "file:///var/lib/counter/hits";
      };
    };
  };

  testScript = ''
    def hit():
        return int(machine.succeed("curl --fail --silent http://127.0.0.1/hits"))

    def is_up():
        machine.wait_for_unit("counter.service")
        machine.wait_for_open_port(80)

    is_up()
    with subtest("it counts"):
        assert [hit(), hit(), hit()] == [1, 2, 3]

    with subtest("a count survives the service's kill, and systemd brings the service back"):
        before = machine.succeed("systemctl show --value --property MainPID counter").strip()
        machine.succeed("systemctl kill --signal KILL counter")
        machine.wait_until_succeeds(f"test $(systemctl show --value --property MainPID counter) -gt {before}")
        is_up()
        assert hit() == 4

    with subtest("a count survives a power cut"):
        machine.crash()
        is_up()
        assert hit() == 5

    with subtest("a count survives a reboot"):
        machine.shutdown()
        is_up()
        assert hit() == 6

    with subtest("it runs as nobody's user and can write its own folder only"):
        pid = machine.succeed("systemctl show --value --property MainPID counter").strip()
        assert machine.succeed(f"stat --format %u /proc/{pid}").strip() != "0"
        machine.fail(f"nsenter --target {pid} --mount touch /etc/written")
        machine.succeed("systemd-analyze security --threshold 20 counter.service")
  '';
}
