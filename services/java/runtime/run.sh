#!/bin/sh
# Starts a function as Lambda's managed runtime does: run.sh JAVA RUNTIME HANDLER, in the function's folder. JAVA is the program,
# RUNTIME the folder that Maven made. Without HANDLER it writes the runtime's AOT cache there.
#
# The options are those of AWS's own command line, as functions printed it: of java17 with 512 MB in 2024 `-XX:MaxHeapSize=445645k
# -XX:+UseSerialGC -Xshare:on -XX:SharedArchiveFile=/var/lang/lib/server/runtime.jsa -XX:+TieredCompilation -XX:TieredStopAtLevel=1
# --add-opens=java.base/java.io=ALL-UNNAMED -XX:+ErrorFileToStderr -D…NativeClient.JNI=…`. java25 stops at level 1, too, and has an
# AOT cache in the archive's place (Lambda Developer Guide, "Customize Java runtime startup behavior"; AWS Compute Blog, "AWS
# Lambda now supports Java 25"). Added are
# - the initial heap, which the JVM makes of the memory that it sees: here it would see all of this machine's;
# - leave for what AWS's client does and a JDK since 24 warns of: JNI and sun.misc.Unsafe.
java=$1 runtime=$2
# A method that can be a handler, so that what one needs is in the cache.
handler=${3:-java.util.HashMap::get}
memory_kib=$((${AWS_LAMBDA_FUNCTION_MEMORY_SIZE:-128} * 1024))
# 222823k of 256 MB (DataDog/datadog-lambda-extension#117), 445645k of 512: all but 15 %. 2834432k of 3,008 MB (aws-sam-cli,
# lambda_debug_settings.py): all but 240 MiB.
rest_kib=$((memory_kib * 15 / 100))
[ $rest_kib -le 245760 ] || rest_kib=245760
# A 64th of the memory, 8 MiB at least: HotSpot's InitialRAMPercentage, and its least heap.
initial_kib=$((memory_kib / 64))
[ $initial_kib -ge 8192 ] || initial_kib=8192
# In one order: the cache is of a class path.
classpath=
for jar in "$runtime"/lib/*.jar; do classpath=$classpath${classpath:+:}$jar; done
for jni in "$runtime"/jni/*.so; do :; done
cache=-XX:AOTCache=$runtime/runtime.aot
if [ $# -lt 3 ]; then
    cache=-XX:AOTCacheOutput=$runtime/runtime.aot
    # Nobody listens there: the client ends when it has started.
    export AWS_LAMBDA_RUNTIME_API=127.0.0.1:9
fi
set -- -XX:MaxHeapSize=$((memory_kib - rest_kib))k -XX:InitialHeapSize=${initial_kib}k "$cache" \
    -XX:+UseSerialGC -XX:+TieredCompilation -XX:TieredStopAtLevel=1 -XX:+ErrorFileToStderr \
    --add-opens=java.base/java.io=ALL-UNNAMED \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI="$jni" \
    -cp "$classpath" com.amazonaws.services.lambda.runtime.api.client.AWSLambda "$handler"
case $cache in
*AOTCache=*) exec "$java" "$@" ;;
*) "$java" "$@" >/dev/null 2>&1 || [ -s "$runtime/runtime.aot" ] ;;
esac
