package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testkit.ScriptedBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tarball and the Debian package, on a host that has no Java. */
class PackagesIT {
  @TempDir Path directory;

  @Test
  void theTarballServesWithoutAJavaOfTheHost() throws Exception {
    Path place = Files.createDirectories(directory.resolve("a place with blanks"));
    Distribution.said(
        "tar", "xzf", Distribution.file("-linux-x86_64.tar.gz").toString(), "-C", place.toString());
    Path installed;
    try (var entries = Files.list(place)) {
      installed = entries.toList().getFirst();
    }
    assertThat(installed.resolve("systemd/sluice.service")).isRegularFile();
    assertThat(installed.resolve("application.yaml")).isRegularFile();
    String sluice = installed.resolve("bin/sluice").toString();
    String token = "SLUICE_ADMIN_TOKEN=" + AdminApi.TOKEN;
    try (ScriptedBackend backend = ScriptedBackend.start()) {
      Path file =
          Files.writeString(
              directory.resolve("sluice.yaml"),
              """
              sluice:
                listeners: [{address: "127.0.0.1:0"}]
                admin: {address: "127.0.0.1:0"}
                bootstrap:
                  pools: [{id: default, backends: ["127.0.0.1:%d"]}]
              """
                  .formatted(backend.port()));
      List<String> command =
          List.of("env", "-i", "PATH=/usr/bin:/bin", token, sluice, "-c", file.toString());
      try (SluiceProcess process =
          SluiceProcess.command(directory, Map.of(), command).awaitServing()) {
        assertThat(Http.get(process.proxy()).statusCode()).isEqualTo(200);
        assertThat(AdminApi.of(process).get("/pools").path("total").asInt()).isEqualTo(1);
        assertThat(Path.of("/proc/" + process.pid() + "/exe").toRealPath())
            .isEqualTo(installed.resolve("runtime/bin/java").toRealPath());
        assertThat(Files.readString(Path.of("/proc/" + process.pid() + "/maps")))
            .contains(installed.resolve("lib/sluice.jsa").toString(), "/lib/native/libnetty");
        process.kill("TERM");
        assertThat(process.exitCode()).as(process::stderr).isZero();
      }
    }
  }

  @Test
  void theDebianPackageComesAndGoesAsOneExpects() throws Exception {
    Distribution.needsMounts("the Debian package was not installed");
    Path script =
        Path.of(Objects.requireNonNull(PackagesIT.class.getResource("debian.sh")).toURI());
    String said =
        Distribution.said(
            "unshare", "--mount", "sh", script.toString(), Distribution.file(".deb").toString());
    assertThat(said.lines().filter(line -> !line.startsWith("version: ")))
        .containsExactly(
            "user: /var/lib/sluice:/usr/sbin/nologin",
            "cache made: yes",
            "valid: configuration /data/sluice.yaml is valid",
            "configuration kept: # mine",
            "program after removal: no",
            "configuration after removal: yes",
            "store after removal: yes",
            "configuration after purge: no",
            "store after purge: no",
            "user after purge: none");
    assertThat(said).contains("version: Sluice ");
  }
}
