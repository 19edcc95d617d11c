#!/usr/bin/env bash
# The Java functions: format, lints (the compiler's, all of them errors), tests; what is deployed is what jars.json names, with its
# licences.
. .ci/lib.sh

packages python3
java_25
formatter=google-java-format-1.37.0
[ -e "$tools/$formatter.jar" ] || mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy \
    -Dartifact="com.google.googlejavaformat:${formatter/-1/:1}:jar:all-deps" -DoutputDirectory="$tools" -Dmdep.stripClassifier=true
echo "834b2a0c38cb774953322a84b5ca3f2f40dd3156650b3cd44d3b744345962f7a  $tools/$formatter.jar" | sha256sum --check --quiet
mapfile -t sources < <(git ls-files 'services/java/*.java')
"$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -jar "$tools/$formatter.jar" --dry-run --set-exit-if-changed "${sources[@]}" ||
    { echo "java -jar $tools/$formatter.jar --replace FILE…"; exit 1; }
cd services/java
mvn --quiet -Dbuild.folder="$tools/java" package
./lock.py "$tools/java" --check
