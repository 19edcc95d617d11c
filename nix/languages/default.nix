# For each language of ways.toml, what its file makes:
#   server            what runs the server: `content`, a file or folder; `start PATH`, the command once it is at a path;
#                     `package` with a `bin/server`
#   adapted           where a function runs the server: `folder`, which its zip is packed from; `runtime`, what starts it in
#                     there where that is not its own `bootstrap`
#   functions.STORE   the folder that the function's zip is packed from
#   runtime STORE     what starts it where that is not its own `bootstrap`
#   runtimeFiles      the folder of that runtime, where it is built in `folder` too
#   templates         a folder that is deployed as it is
#   zipped            what a function's zip holds: `executable` or `file`, `bytes` at most
#   tools             what one needs to work on it
#   formatter         where it has one: `package`, its `program` and `options`, the files that it `includes`
{
  pkgs,
  # One of ../targets.nix, for what is deployed.
  target ? throw "no target: tools and formatters are this machine's",
  # Where the builds take place, below the build's own folder: what comes out must not depend on it, which
  # `nix run .#reproduce` shows.
  folder ? ".",
}:
let
  inherit (pkgs) lib;
in
lib.mapAttrs (
  language: _:
  import (./. + "/${language}.nix") {
    inherit pkgs target folder;
    sources = import ../sources.nix { inherit lib; };
  }
) (import ../ways.nix { inherit lib; }).model.language
