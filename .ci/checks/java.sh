#!/usr/bin/env bash
# The Java functions: format, lints (the compiler's, all of them errors), tests; what is deployed is what jars.json names, with its
# licences.
. .ci/lib.sh

packages python3
java_25
cd services/java
formatter=1.37.0
jar=$tools/google-java-format-$formatter.jar
[ -e "$jar" ] || mvn --quiet org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy \
    -Dartifact="com.google.googlejavaformat:google-java-format:$formatter:jar:all-deps" \
    -DoutputDirectory="$tools" -Dmdep.stripClassifier=true -Dmdep.overWriteReleases=true
mapfile -t sources < <(git ls-files '*.java')
"$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -jar "$jar" --dry-run --set-exit-if-changed "${sources[@]}" ||
    { echo "google-java-format --replace services/java/**/*.java"; exit 1; }
mvn --quiet -Dbuild.folder="$tools/java" package
./lock.py "$tools/java" --check
