# As somebody else's configuration has it: the module with one line, the lab from the overlay.
{ self }:
_: {
  name = "stranger";

  # The overlay is set in the machine.
  node.pkgsReadOnly = false;
  nodes.machine =
    { pkgs, ... }:
    {
      imports = [ self.nixosModules.default ];
      nixpkgs.overlays = [ self.overlays.default ];
      services.counter.enable = true;
      environment.systemPackages = [ pkgs.counter-lab ];
    };

  testScript = ''
    machine.wait_for_unit("counter.service")
    machine.wait_for_open_port(8000)

    with subtest("it counts, by the defaults of the server"):
        assert machine.succeed("curl --fail --silent http://127.0.0.1:8000/hits") == "1"
        assert machine.succeed("curl --fail --silent http://127.0.0.1:8000/hits") == "2"

    with subtest("the overlay's lab knows the ways, without a checkout"):
        assert "lambda-dynamodb" in machine.succeed("cd /tmp && lab ways --all")
  '';
}
