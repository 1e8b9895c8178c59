package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --demo} as a newcomer meets it. */
class DemoIT {
  @TempDir Path directory;

  @Test
  void tenRequestsSpreadOverAllThreeBackends() throws Exception {
    try (SluiceProcess sluice = SluiceProcess.demo(directory)) {
      Map<String, Integer> answers = new TreeMap<>();
      for (int i = 0; i < 12; i++) {
        String body = Http.get(sluice.proxy()).body();
        assertThat(body).matches("hello from [abc] \\(request [0-9]+\\)\n");
        answers.merge(body.substring(11, 12), 1, Integer::sum);
      }
      assertThat(answers).isEqualTo(Map.of("a", 4, "b", 4, "c", 4));
    }
  }

  @Test
  void thePrintedLoopWorksAsPasted() throws Exception {
    try (SluiceProcess sluice = SluiceProcess.demo(directory)) {
      String loop = sluice.awaitOutput("  (for i in .*; done)").group(1);
      try (SluiceProcess shell =
          SluiceProcess.command(directory, Map.of(), List.of("sh", "-c", loop))) {
        assertThat(shell.exitCode()).isZero();
        assertThat(shell.stdout()).contains("hello from a", "hello from b", "hello from c");
        assertThat(shell.stdout().lines()).hasSize(10);
      }
    }
  }

  @Test
  void everyPrintedUrlAnswers() throws Exception {
    try (SluiceProcess sluice = SluiceProcess.demo(directory)) {
      for (String what :
          List.of("proxy", "backend a", "backend b", "backend c", "health", "metrics")) {
        String url = sluice.awaitOutput("  " + what + " +(http://\\S+)").group(1);
        assertThat(
                Http.get(URI.create(url), "Authorization", "Bearer " + AdminApi.TOKEN).statusCode())
            .as(what + " at " + url)
            .isEqualTo(200);
      }
    }
  }

  @Test
  void aTakenPortIsNamedWithAWayOut() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
        SluiceProcess sluice =
            SluiceProcess.run(
                directory,
                Map.of(),
                List.of("-Dsluice.demo.port=" + taken.getLocalPort(), "-Dsluice.demo.admin-port=0"),
                "--demo")) {
      assertThat(sluice.exitCode()).isEqualTo(1);
      assertThat(sluice.stderr())
          .contains("127.0.0.1:" + taken.getLocalPort())
          .contains("in use")
          .contains("-Dsluice.demo.port=");
      assertThat(sluice.stdout()).isEmpty();
    }
  }

  @Test
  void aPortThatIsNoneIsWrongUsage() throws Exception {
    try (SluiceProcess sluice =
        SluiceProcess.run(directory, Map.of(), List.of("-Dsluice.demo.port=x"), "--demo")) {
      assertThat(sluice.exitCode()).isEqualTo(2);
      assertThat(sluice.stderr()).contains("sluice.demo.port=x is no port");
    }
  }
}
