{ imports = [ ./any-process.nix ]; }
