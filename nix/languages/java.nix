# The Java functions: the jars of their lock, each verified by its own hash, and the one of our own, which the JDK compiles
# without Maven, whose plugins are in no lock. On Lambda only; the same for every architecture.
{
  pkgs,
  target,
  sources,
  folder,
}:
let
  inherit (pkgs) lib;
  inherit (import ../ways.nix { inherit lib; }) functions model;
  stores = functions.java;
  source = "${sources.service [ ../../services/java ]}/services";
  jdk = pkgs: pkgs.jdk25_headless;

  # By what they are of: a function, or the runtime.
  libraries = lib.mapAttrs (
    name: jars:
    pkgs.linkFarm "java-${name}-libraries" (
      map (jar: {
        name = "${jar.artifactId}-${jar.version}.jar";
        path = (pkgs.fetchMavenArtifact jar).jar;
      }) jars
    )
  ) (lib.importJSON ../../services/java/jars.json);

  build =
    store:
    pkgs.runCommand "java-${store}" { nativeBuildInputs = [ (jdk pkgs) ]; } ''
      mkdir --parents ${folder} && cd ${folder}
      install -D --mode=644 --target-directory=$out/lib ${libraries."lambda-${store}"}/*.jar
      install --mode=644 ${source}/java/THIRD-PARTY-NOTICES.txt $out
      find ${source}/java/{counter,lambda-${store}}/src/main -name '*.java' >sources
      javac -d classes --release 25 -cp "$out/lib/*:${libraries.runtime}/*" @sources
      install --mode=644 ${source}/page.html classes
      cd classes
      find . -type f -printf '%P\n' | LC_ALL=C sort >../classes.txt
      # The earliest date that a jar can have.
      jar --create --file $out/lib/counter.jar --date=1980-01-01T00:00:02Z @../classes.txt
    '';

  java = lib.getExe' (jdk target.native) "java";

  # What Lambda's own java25 brings.
  runtime =
    target.native.runCommand "java-runtime"
      {
        nativeBuildInputs = [
          target.native.patchelf
          target.native.unzip
        ];
        native = "jni/libaws-lambda-jni.linux-${
          builtins.replaceStrings [ "aarch64" ] [ "aarch_64" ]
            target.native.stdenv.hostPlatform.parsed.cpu.name
        }.so";
      }
      ''
        install -D --mode=755 --target-directory=$out ${source}/java/runtime/run.sh
        install -D --mode=644 --target-directory=$out/lib ${libraries.runtime}/*.jar
        unzip -q ${libraries.runtime}/aws-lambda-java-runtime-interface-client-*.jar $native -d $out
        # It wants GCC's own library.
        patchelf --add-rpath ${lib.getLib target.native.stdenv.cc.cc}/lib $out/$native
        # Its AOT cache.
        sh $out/run.sh ${java} $out
      '';
in
{
  functions = lib.genAttrs stores build;
  runtime = store: {
    program = target.native.runtimeShell;
    args = [
      "${runtime}/run.sh"
      java
      "${runtime}"
      (lib.replaceStrings [ "{store}" ] [ store ] model.language.java.runtime.handler)
    ];
    env = { };
  };
  zipped.file = "lib/counter.jar";

  tools = [
    (jdk pkgs)
    pkgs.maven
  ];
  formatter = {
    package = pkgs.google-java-format;
    options = [ "--replace" ];
    includes = [ "services/java/*.java" ];
  };
}
