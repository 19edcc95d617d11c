# The JavaScript functions, bundled by their own build script from the packages of their lock. Lambda's runtime has
# Node; on Lambda only.
{
  pkgs,
  sources,
  ...
}:
let
  inherit (pkgs) lib nodejs;
  folder = "${sources.javascript}/services/javascript";

  # The lock's packages where npm would put them, each fetched and verified by its hash in the lock: neither npm nor
  # a hash of all of them is needed. No package's script is run.
  nodeModules =
    { lock, system }:
    let
      fits = field: word: !(field ? word) || lib.elem word field;
      wanted = lib.filterAttrs (
        path: package:
        path != ""
        && !(package.dev or false)
        && lib.elem system.os (package.os or [ system.os ])
        && lib.elem system.cpu (package.cpu or [ system.cpu ])
        && lib.elem "glibc" (package.libc or [ "glibc" ])
      ) lock.packages;
      fetched =
        path: package:
        let
          # node_modules/a/node_modules/@scope/name: the package is @scope/name.
          name = package.name or (lib.last (lib.splitString "node_modules/" path));
        in
        pkgs.fetchurl {
          url = "https://registry.npmjs.org/${name}/-/${baseNameOf name}-${package.version}.tgz";
          hash = package.integrity;
        };
    in
    pkgs.runCommand "node-modules" { } (
      lib.concatStrings (
        lib.mapAttrsToList (path: package: ''
          mkdir -p $out/${lib.removePrefix "node_modules/" path}
          tar --extract --gzip --strip-components=1 --no-same-owner --file ${fetched path package} \
            --directory $out/${lib.removePrefix "node_modules/" path}
        '') wanted
      )
    );
in
{ }
