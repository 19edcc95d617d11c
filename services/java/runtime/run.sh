#!/bin/sh
# Starts a function as Lambda's managed runtime does: run.sh JAVA LIBRARIES HANDLER, in the function's folder.
#
# The options are those of AWS's own command line, which functions have printed: of java17 in 2023 and 2024
# (sigpwned/the-lambda-iceberg-dissecting-the-official-java-runtimes and others), with 512 MB `-XX:MaxHeapSize=445645k
# -XX:+UseSerialGC -XX:+TieredCompilation -XX:TieredStopAtLevel=1 --add-opens=java.base/java.io=ALL-UNNAMED
# -XX:+ErrorFileToStderr -D…NativeClient.JNI=…`; java25 stops at level 1, too (Lambda Developer Guide, "Customize Java runtime startup
# behavior").
# - Left out: -Xshare:on with AWS's own archive of its runtime's classes, for java25 an AOT cache; the JDK's own archive is read.
# - Added: the initial heap, which the JVM makes of the memory that it sees, and here it would see all of this machine's; leave for
#   what a JDK since 24 warns of (JNI, sun.misc.Unsafe), which is AWS's client's.
java=$1 libraries=$2 handler=$3
memory_kib=$((${AWS_LAMBDA_FUNCTION_MEMORY_SIZE:-128} * 1024))
# 222823k of 256 MB (DataDog/datadog-lambda-extension#117), 445645k of 512: all but 15 %. 2834432k of 3,008 MB (aws-sam-cli,
# lambda_debug_settings.py): all but 240 MiB.
rest_kib=$((memory_kib * 15 / 100))
[ $rest_kib -le 245760 ] || rest_kib=245760
# A 64th of the memory, 8 MiB at least ("HotSpot Virtual Machine Garbage Collection Tuning Guide", "Ergonomics").
initial_kib=$((memory_kib / 64))
[ $initial_kib -ge 8192 ] || initial_kib=8192
for jni in "$libraries"/jni/*.so; do :; done
exec "$java" \
    -XX:MaxHeapSize=$((memory_kib - rest_kib))k -XX:InitialHeapSize=${initial_kib}k \
    -XX:+UseSerialGC -XX:+TieredCompilation -XX:TieredStopAtLevel=1 -XX:+ErrorFileToStderr \
    --add-opens=java.base/java.io=ALL-UNNAMED \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI="$jni" \
    -cp "$libraries/lib/*" com.amazonaws.services.lambda.runtime.api.client.AWSLambda "$handler"
