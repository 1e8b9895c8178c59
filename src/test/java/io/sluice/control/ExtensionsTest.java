package io.sluice.control;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.balance.Backend;
import io.sluice.balance.Balancer;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.proxy.RequestFilter;
import io.sluice.testing.Until;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class ExtensionsTest {
  @TempDir private Path directory;
  @TempDir private Path work;

  private Path jar(String file, String type, String source) throws IOException {
    Class<?> service =
        source.contains("RequestFilter.Factory")
            ? RequestFilter.Factory.class
            : Balancer.Factory.class;
    return new ExtensionJar(work)
        .type(type, source)
        .provides(service, "test." + type)
        .writeTo(directory.resolve(file));
  }

  private static String filter(String type, String name) {
    return """
        import io.sluice.proxy.RequestFilter;
        public class %s implements RequestFilter.Factory {
          public String name() { %s }
          public RequestFilter create(java.util.Map<String, String> options) {
            return new RequestFilter() {};
          }
        }
        """
        .formatted(type, name);
  }

  private static String balancer(String type, String name) {
    return """
        import io.sluice.balance.Balancer;
        public class %s implements Balancer.Factory {
          public String name() { %s }
          public Balancer create(io.sluice.config.PoolSpec pool) {
            return eligible -> request -> null;
          }
        }
        """
        .formatted(type, name);
  }

  private AbstractThrowableAssert<?, ?> assertThatLoadingFails() {
    return assertThatThrownBy(() -> Extensions.load(directory))
        .isInstanceOf(DataPlaneException.class);
  }

  @Test
  void withoutJarsThereIsWhatIsBuiltIn() throws IOException {
    Files.writeString(directory.resolve("README"), "no jar");
    for (Extensions extensions :
        List.of(
            Extensions.none(),
            Extensions.load(directory),
            Extensions.load(directory.resolve("missing")))) {
      assertThat(extensions.balancerNames())
          .containsExactly(
              "least-latency", "least-request", "maglev", "random", "ring-hash", "round-robin");
      assertThat(extensions.filterNames()).isEmpty();
      assertThat(extensions.balancer("round-robin")).isNotNull();
      assertThat(extensions.balancer("other")).isNull();
      assertThat(extensions.filter("round-robin")).isNull();
      extensions.close();
    }
  }

  @Test
  void theWorkedExampleIsFoundByItsNames(CapturedOutput output) throws Exception {
    Path jar = ExtensionJar.example(work).writeTo(directory.resolve("example.jar"));
    try (Extensions extensions = Extensions.load(directory)) {
      assertThat(extensions.balancerNames()).contains("first-available", "round-robin");
      assertThat(extensions.filterNames()).containsExactly("api-key");
    }
    verifyLogged(output, "extensions: balancer 'first-available' from " + jar);
    verifyLogged(output, "extensions: filter 'api-key' from " + jar);
  }

  @Test
  void theExamplesFilterLetsOnlyKnownKeysThrough() throws IOException {
    ExtensionJar.example(work).writeTo(directory.resolve("example.jar"));
    Path keys = Files.writeString(work.resolve("keys"), "shop 5fb1\napp a8c0\n");
    try (Extensions extensions = Extensions.load(directory)) {
      RequestFilter.Factory factory = requireNonNull(extensions.filter("api-key"));
      RequestFilter filter = factory.create(Map.of("keys-file", keys.toString()));
      for (String[] fields : new String[][] {{}, {"X-API-Key: 5fb"}, {"X-API-Key: 5fb12"}}) {
        FilteredRequest refused = new FilteredRequest(fields);
        filter.beforeChoosing(refused);
        assertThat(refused.answered()).isEqualTo(403);
        assertThat(refused.body()).isEqualTo("A valid API key is needed in X-API-Key.\n");
      }

      FilteredRequest allowed =
          new FilteredRequest("x-api-key: a8c0", "X-Client-Name: shop", "Accept: */*");
      filter.beforeChoosing(allowed);
      assertThat(allowed.answered()).isZero();
      filter.beforeSending(allowed);
      assertThat(allowed.sent()).isEqualTo("Host: a\r\nAccept: */*\r\nX-Client-Name: app\r\n");
    }
  }

  @Test
  void theExamplesFilterRefusesWrongOptions() throws IOException {
    ExtensionJar.example(work).writeTo(directory.resolve("example.jar"));
    Path keys = Files.writeString(work.resolve("keys"), "shop 5fb1\nonly-a-name\n");
    try (Extensions extensions = Extensions.load(directory)) {
      RequestFilter.Factory factory = requireNonNull(extensions.filter("api-key"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> factory.create(Map.of()))
          .withMessage("api-key needs the option keys-file: a file of keys");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> factory.create(Map.of("key-file", "x")))
          .withMessageContaining("does not know the option 'key-file'");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> factory.create(Map.of("keys-file", keys.toString())))
          .withMessageContaining(keys + ":2: expected");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> factory.create(Map.of("keys-file", keys + ".missing")))
          .withMessageContaining("cannot read its keys-file " + keys + ".missing");
    }
  }

  @Test
  void theExamplesBalancerPicksTheFirstThatTakesRequests() throws IOException {
    ExtensionJar.example(work).writeTo(directory.resolve("example.jar"));
    List<Backend> backends = new ArrayList<>();
    for (int port = 1; port <= 3; port++) {
      BackendSpec spec = BackendSpec.of(new Address.Tcp("127.0.0.1", port));
      backends.add(new Backend("default", spec, TlsSpec.OFF));
    }
    PoolSpec pool =
        PoolSpec.of("default", backends.stream().map(Backend::spec).toList())
            .withAlgorithm("first-available");
    try (Extensions extensions = Extensions.load(directory)) {
      Balancer.Factory factory = requireNonNull(extensions.balancer("first-available"));
      Balancer balancer = factory.create(pool);
      FilteredRequest request = new FilteredRequest();
      assertThat(balancer.picker(backends).pick(request)).isSameAs(backends.get(0));
      assertThat(balancer.picker(backends.subList(1, 3)).pick(request)).isSameAs(backends.get(1));
      assertThat(balancer.picker(List.of()).pick(request)).isNull();
    }
  }

  @Test
  void twoJarsMayHaveClassesOfTheSameName() throws IOException {
    jar("a.jar", "F", filter("F", "return \"one\";"));
    jar("b.jar", "F", filter("F", "return \"two\";"));
    try (Extensions extensions = Extensions.load(directory)) {
      assertThat(extensions.filterNames()).containsExactly("one", "two");
      assertThat(requireNonNull(extensions.filter("one")).name()).isEqualTo("one");
      assertThat(requireNonNull(extensions.filter("two")).name()).isEqualTo("two");
    }
  }

  @Test
  void aFilterAndABalancerMayShareAName() throws IOException {
    jar("a.jar", "F", filter("F", "return \"same\";"));
    jar("b.jar", "B", balancer("B", "return \"same\";"));
    try (Extensions extensions = Extensions.load(directory)) {
      assertThat(extensions.filter("same")).isNotNull();
      assertThat(extensions.balancer("same")).isNotNull();
    }
  }

  @Test
  void aNameIsBroughtByOneJarOnly() throws IOException {
    Path first = jar("a.jar", "F", filter("F", "return \"same\";"));
    Path second = jar("b.jar", "G", filter("G", "return \"same\";"));
    assertThatLoadingFails()
        .hasMessage(
            "extensions: the name 'same' of the filter test.G in %s is taken by a filter of %s."
                + " Give one of them another name, or remove its jar",
            second, first);
  }

  @Test
  void whatIsBuiltInIsNotReplaced() throws IOException {
    Path jar = jar("a.jar", "B", balancer("B", "return \"round-robin\";"));
    assertThatLoadingFails()
        .hasMessageStartingWith(
            "extensions: the name 'round-robin' of the balancer test.B in %s is taken by a"
                + " balancer of Sluice itself.",
            jar);
  }

  @Test
  void aNameMustBeWellFormed() throws IOException {
    for (String name : new String[] {"\"\"", "\"A\"", "\"a_b\"", "\"a--b\"", "\"-a\"", "null"}) {
      Path jar = jar("a.jar", "F", filter("F", "return " + name + ";"));
      assertThatLoadingFails()
          .hasMessageContaining("of the filter test.F in " + jar + " is not made of lower-case");
    }
  }

  @Test
  void aJarThatCannotBeReadStopsTheStart() throws IOException {
    Path jar = Files.writeString(directory.resolve("cut.jar"), "PK, but no more");
    assertThatLoadingFails()
        .hasMessageStartingWith("extensions: cannot read " + jar + " (")
        .hasMessageContaining("ZipException")
        .hasMessageEndingWith("or remove it");
  }

  @Test
  void aDirectoryThatIsAFileStopsTheStart() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> Extensions.load(file))
        .isInstanceOf(DataPlaneException.class)
        .hasMessage(
            "extensions: cannot list %s (java.nio.file.NotDirectoryException: %s). Make it a"
                + " directory that Sluice's user may read, or point sluice.extensions.path"
                + " elsewhere",
            file, file);
  }

  @Test
  void aFactoryThatFailsStopsTheStart() throws IOException {
    String failing = filter("F", "throw new IllegalStateException(\"no licence\");");
    Path jar = jar("a.jar", "F", failing);
    assertThatLoadingFails()
        .hasMessageStartingWith(
            "extensions: a filter of %s cannot be loaded: java.lang.IllegalStateException: no"
                + " licence. Build the jar against this version",
            jar);

    jar(
        "a.jar",
        "F",
        filter("F", "return \"f\";")
            .replace(
                "{\n  public String",
                """
        {
          public F() throws Exception { throw new Exception("no disk"); }
          public String"""));
    assertThatLoadingFails().hasMessageContaining("caused by java.lang.Exception: no disk");

    new ExtensionJar(work)
        .provides(Balancer.Factory.class, "test.Missing")
        .writeTo(directory.resolve("a.jar"));
    assertThatLoadingFails()
        .hasMessageContaining("a balancer of " + jar + " cannot be loaded")
        .hasMessageContaining("Provider test.Missing not found")
        .hasMessageContaining("META-INF/services/io.sluice.balance.Balancer$Factory");
  }

  @Test
  void aJarThatBringsNothingIsNamedInTheLog(CapturedOutput output) throws Exception {
    Path jar = new ExtensionJar(work).type("X", "class X {}").writeTo(directory.resolve("a.jar"));
    Extensions.load(directory).close();
    String warning = "extensions: " + jar + " brings no filter and no balancer. Name its factories";
    verifyLogged(output, warning);
  }

  /** The log has a thread of its own. */
  private static void verifyLogged(CapturedOutput output, String text) throws Exception {
    Until.holds(text, () -> output.getAll().contains(text));
  }

  /** As it is when Sluice is started from one jar with its libraries inside. */
  @Test
  void extensionsSeeTheClassesOfTheLoaderThatSluiceCameFrom() throws Exception {
    ExtensionJar.example(work).writeTo(directory.resolve("example.jar"));
    List<URL> urls = new ArrayList<>();
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(Path.of(part).toUri().toURL());
    }
    ClassLoader none = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader nested = new URLClassLoader(urls.toArray(URL[]::new), none)) {
      Class<?> type = nested.loadClass(Extensions.class.getName());
      assertThat(type).isNotSameAs(Extensions.class);
      Object extensions = type.getMethod("load", Path.class).invoke(null, directory);
      Method names = type.getDeclaredMethod("filterNames");
      names.setAccessible(true);
      assertThat(names.invoke(extensions)).isEqualTo(List.of("api-key"));
      ((AutoCloseable) extensions).close();
    }
  }
}
