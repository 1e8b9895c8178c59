# The image of Sluice, for those who build with Docker. The build makes the same without:
# target/dist/sluice-VERSION-image.tar, for "docker load", "skopeo copy" and the like.
#
#   ./mvnw -DskipTests verify
#   docker build --build-arg VERSION=0.1.0 -t sluice .
#
# It holds the program, the Java runtime it needs and the C library, and no shell.
FROM scratch

COPY target/dist/root/ /
COPY --chown=65532:65532 target/dist/root/var/lib/sluice /var/lib/sluice

ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Sluice" \
      org.opencontainers.image.description="An admin-managed HTTP load balancer" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"

ENV PATH=/opt/sluice/runtime/bin
# Fewer arenas hold less memory that nobody uses.
ENV MALLOC_ARENA_MAX=2
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt

# Not root; the directories to write in are /var/lib/sluice and /tmp.
USER 65532:65532
WORKDIR /var/lib/sluice
VOLUME /var/lib/sluice
EXPOSE 6188/tcp 6189/tcp
# Requests in flight are finished first, for at most grace_period_seconds.
STOPSIGNAL SIGTERM

# The options of bin/sluice, but for memory: the heap is a quarter of the container's limit, what the
# C library no longer needs goes back to the system, and the archive of classes stays where it was made
# for, so that its pages are the file's and not the process's own (40 MB).
ENTRYPOINT ["/opt/sluice/runtime/bin/java", \
    "-XX:SharedArchiveFile=/opt/sluice/lib/sluice.jsa", \
    "-XX:+UnlockDiagnosticVMOptions", \
    "-XX:ArchiveRelocationMode=0", \
    "-XX:+UseSerialGC", \
    "-XX:MaxRAMPercentage=25", \
    "-XX:MinRAMPercentage=25", \
    "-XX:TrimNativeHeapInterval=5000", \
    "-XX:+UseCompactObjectHeaders", \
    "-XX:+PerfDisableSharedMem", \
    "-Dio.netty.leakDetection.level=disabled", \
    "-Djdk.reflect.useNativeAccessorOnly=true", \
    "-Djava.library.path=/opt/sluice/lib/native", \
    "-Dorg.sqlite.lib.path=/opt/sluice/lib/native", \
    "--enable-native-access=ALL-UNNAMED", \
    "--sun-misc-unsafe-memory-access=allow", \
    "-jar", "/opt/sluice/lib/sluice.jar"]
CMD ["-c", "/etc/sluice/sluice.yaml"]
