package io.sluice.os;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.os.SignalFd.Received;
import io.sluice.os.SignalFd.Signal;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Signals of real processes. */
class SignalFdIT {
  private static Process printer(List<String> before, List<String> options) throws IOException {
    // What the shell that runs the tests has had ignored, a JVM would leave alone.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT,QUIT,HUP,TERM"));
    command.addAll(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            SignalPrinter.class.getName()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void send(Process to, String signal) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(to.pid())).start().waitFor())
        .isZero();
  }

  @Test
  void eachSignalIsReadWithItsSender() throws Exception {
    // the JVM keeps USR2 for itself, whatever it was started with
    Process process =
        printer(List.of("env", "--block-signal=QUIT,TERM,INT,HUP,USR2"), List.of("-Xrs"));
    try (BufferedReader out = process.inputReader()) {
      assertThat(out.readLine()).isEqualTo("blocked [HUP, INT, QUIT, TERM]");
      assertThat(out.readLine()).isEqualTo("ready");
      for (Signal signal : List.of(Signal.QUIT, Signal.HUP, Signal.INT, Signal.TERM)) {
        ProcessBuilder kill =
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()));
        Process sender = kill.start();
        assertThat(out.readLine())
            .isEqualTo(
                new Received(signal, Math.toIntExact(sender.pid()), Identity.uid()).toString());
        assertThat(sender.waitFor()).isZero();
      }
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(7);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void signalsThatCameBeforeAreNotLost() throws Exception {
    Process process = printer(List.of("env", "--block-signal=QUIT,TERM,INT,HUP"), List.of("-Xrs"));
    try (BufferedReader out = process.inputReader()) {
      send(process, "TERM");
      assertThat(out.readLine()).isEqualTo("blocked [HUP, INT, QUIT, TERM]");
      assertThat(out.readLine()).isEqualTo("ready");
      assertThat(out.readLine()).startsWith("Received[signal=TERM");
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aJvmThatTakesSignalsItselfIsTold() throws Exception {
    for (Process process :
        List.of(
            printer(List.of(), List.of("-Xrs")),
            printer(List.of("env", "--block-signal=QUIT,TERM,INT,HUP"), List.of()))) {
      try (BufferedReader out = process.inputReader()) {
        assertThat(out.readLine()).isEqualTo("blocked []");
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
