package io.sluice.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The real Sluice as a process of its own, as the build has installed it or by the launcher.
 * Closing it ends the process whatever state it is in.
 *
 * <pre>{@code
 * try (SluiceProcess sluice = SluiceProcess.serving(directory, yaml)) {
 *   Http.get(sluice.proxy().resolve("/"));
 * }
 * }</pre>
 */
public final class SluiceProcess implements AutoCloseable {

  /** The line that tells both planes are up. */
  private static final Pattern SERVES =
      Pattern.compile("Sluice \\S+ serves (\\S+?)(?:, \\S+)*; admin (\\S+)");

  /** Starts fast, checks everything: assertions and every buffer's release. */
  private static final List<String> JVM =
      List.of(
          "-ea",
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseCompactObjectHeaders",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Dio.netty.leakDetection.level=paranoid");

  /** How Java is started. */
  public enum Way {
    /** {@code java} alone: the JVM handles signals. */
    PLAIN,
    /** As the launcher does: signals are blocked, and Sluice reads them. */
    LAUNCHED
  }

  private static final List<String> BLOCKING = List.of("env", "--block-signal=QUIT,TERM,INT,HUP");
  private static final List<String> UNDER_BLOCKED_SIGNALS =
      List.of("-Xrs", "-XX:+StartAttachListener");

  private final Process process;
  private final Output stdout;
  private final Output stderr;

  private SluiceProcess(Process process) {
    this.process = process;
    this.stdout = new Output(process.getInputStream(), "stdout");
    this.stderr = new Output(process.getErrorStream(), "stderr");
  }

  /** The jar that {@code package} has built. */
  public static Path jar() {
    return Path.of(property("sluice.jar"));
  }

  /** What {@code package} has installed: bin, lib. */
  public static Path installation() {
    return jar().resolveSibling("sluice");
  }

  /** The checkout. */
  public static Path home() {
    return Path.of(property("sluice.home"));
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException(
          "-D" + name + " is not set; run this test by ./mvnw verify -Dit.test=...");
    }
    return value;
  }

  /** Starts the installed program in a directory, by java and without the launcher. */
  public static SluiceProcess run(Path directory, String... arguments) throws IOException {
    return run(directory, Map.of(), List.of(), arguments);
  }

  /**
   * Starts the installed program, by java and without the launcher.
   *
   * @param directory the process's working directory
   * @param environment added to this process's, without any of Sluice's own variables
   * @param jvm options for java
   * @param arguments for Sluice
   */
  public static SluiceProcess run(
      Path directory, Map<String, String> environment, List<String> jvm, String... arguments)
      throws IOException {
    return run(Way.PLAIN, directory, environment, jvm, arguments);
  }

  /** The same in one of two ways. */
  public static SluiceProcess run(
      Way way,
      Path directory,
      Map<String, String> environment,
      List<String> jvm,
      String... arguments)
      throws IOException {
    return command(directory, environment, javaCommand(way, jvm, arguments));
  }

  /** What {@link #run} starts, for tests that start it by another program. */
  public static List<String> javaCommand(Way way, List<String> jvm, String... arguments) {
    List<String> command = new ArrayList<>(way == Way.LAUNCHED ? BLOCKING : List.of());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(way == Way.LAUNCHED ? UNDER_BLOCKED_SIGNALS : List.of());
    command.addAll(JVM);
    Path lib = installation().resolve("lib");
    if (Files.exists(lib.resolve("sluice.aot"))) {
      command.addAll(List.of("-XX:AOTCache=" + lib.resolve("sluice.aot"), "-Xlog:aot=off"));
    }
    command.addAll(jvm);
    command.addAll(List.of("-jar", lib.resolve("sluice.jar").toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Starts any command, for instance the launcher. */
  public static SluiceProcess command(
      Path directory, Map<String, String> environment, List<String> command) throws IOException {
    // A test run in the background of a shell passes an ignored SIGINT on, and a JVM keeps to that.
    List<String> all = new ArrayList<>(List.of("env", "--default-signal=INT,QUIT,HUP,TERM"));
    all.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(all).directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SLUICE_"));
    builder.environment().putAll(environment);
    return new SluiceProcess(builder.start());
  }

  /** Starts the demo on ports that the system chooses and waits until it serves. */
  public static SluiceProcess demo(Path directory) throws IOException, InterruptedException {
    return run(
            directory,
            AdminApi.ENVIRONMENT,
            List.of("-Dsluice.demo.port=0", "-Dsluice.demo.admin-port=0"),
            "--demo")
        .awaitServing();
  }

  /**
   * Writes a configuration into a directory, serves it and waits until it serves. Listeners should
   * use port 0: {@link #proxy} and {@link #admin} know the real ones. The token {@link
   * AdminApi#TOKEN} is an admin's.
   */
  public static SluiceProcess serving(Path directory, String yaml)
      throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml);
    return run(directory, AdminApi.ENVIRONMENT, List.of(), "-c", file.toString()).awaitServing();
  }

  /** The same, started in one of two ways. */
  public static SluiceProcess serving(Way way, Path directory, String yaml)
      throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml);
    return run(way, directory, AdminApi.ENVIRONMENT, List.of(), "-c", file.toString())
        .awaitServing();
  }

  /** Waits until both planes are up. */
  public SluiceProcess awaitServing() throws InterruptedException {
    try {
      stderr.await(SERVES);
      return this;
    } catch (AssertionError e) {
      close();
      throw e;
    }
  }

  /** Whether it has not ended. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The first listener, as {@code http://host:port/}. */
  public URI proxy() throws InterruptedException {
    return URI.create(stderr.await(SERVES).group(1) + "/");
  }

  /** The management plane, as {@code http://host:port/}. */
  public URI admin() throws InterruptedException {
    return URI.create(stderr.await(SERVES).group(2) + "/");
  }

  /** Waits for a line on standard error. */
  public MatchResult awaitError(String pattern) throws InterruptedException {
    return stderr.await(Pattern.compile(pattern));
  }

  /** Waits for a line on standard output. */
  public MatchResult awaitOutput(String pattern) throws InterruptedException {
    return stdout.await(Pattern.compile(pattern));
  }

  /** Waits for a line on either output. */
  public void awaitAny(Pattern pattern) throws Exception {
    Until.holds(
        "a line that matches \"" + pattern + "\"; " + said(),
        () -> pattern.matcher(stdout()).find() || pattern.matcher(stderr()).find());
  }

  /** Its number. */
  public long pid() {
    return process.pid();
  }

  /** Sends a signal by its name, for instance {@code TERM}. */
  public void kill(String signal) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("sh", "-c", "kill -s " + signal + " " + process.pid())
            .inheritIO()
            .start();
    if (kill.waitFor() != 0) {
      throw new IllegalStateException("no process " + process.pid() + " to send " + signal);
    }
  }

  /** Waits for the end and for all output. */
  public int exitCode() throws InterruptedException {
    if (!process.waitFor(Until.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the process does not end; " + said());
    }
    stdout.join();
    stderr.join();
    return process.exitValue();
  }

  /** Everything on standard output so far. */
  public String stdout() {
    return stdout.text();
  }

  /** Everything on standard error so far. */
  public String stderr() {
    return stderr.text();
  }

  private String said() {
    return "stdout:\n" + stdout.text() + "\nstderr:\n" + stderr.text();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Collects one stream; guarded by itself. */
  private final class Output {
    private final StringBuilder text = new StringBuilder();
    private final Thread reader;
    private boolean ended;

    Output(InputStream stream, String name) {
      reader = Thread.ofPlatform().daemon().name("sluice-" + name).start(() -> readAll(stream));
    }

    private void readAll(InputStream stream) {
      try (var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          append(line);
        }
      } catch (IOException e) {
        // The process was destroyed while a line was read; its exit code tells the story.
        if (process.isAlive()) {
          throw new UncheckedIOException(e);
        }
      } finally {
        end();
      }
    }

    private synchronized void append(String line) {
      text.append(line).append('\n');
      notifyAll();
    }

    private synchronized void end() {
      ended = true;
      notifyAll();
    }

    synchronized String text() {
      return text.toString();
    }

    void join() throws InterruptedException {
      reader.join();
    }

    synchronized MatchResult await(Pattern pattern) throws InterruptedException {
      long deadline = System.nanoTime() + Until.DEADLINE.toNanos();
      while (true) {
        var matcher = pattern.matcher(text);
        if (matcher.find()) {
          return matcher.toMatchResult();
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (ended || left <= 0) {
          throw new AssertionError("no line matches \"" + pattern + "\"; " + said());
        }
        wait(left);
      }
    }
  }
}
