package io.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Makes an extension's jar from sources, as its author would. */
final class ExtensionJar {
  /** The worked example of the documentation. */
  static final Path EXAMPLE = Path.of("docs", "how-to", "extension-example");

  private final Path work;
  private final Map<String, byte[]> entries = new LinkedHashMap<>();

  /**
   * An empty jar.
   *
   * @param work a directory for sources and classes
   */
  ExtensionJar(Path work) throws IOException {
    this.work = Files.createTempDirectory(work, "extension");
  }

  /** Where Sluice's own classes are. */
  static Path sluiceClasses() {
    try {
      return Path.of(Extensions.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** The worked example, compiled. */
  static ExtensionJar example(Path work) throws IOException {
    ExtensionJar jar = new ExtensionJar(work);
    jar.compile(files(EXAMPLE.resolve("src")));
    for (Path file : files(EXAMPLE.resolve("META-INF"))) {
      jar.entries.put(EXAMPLE.relativize(file).toString(), Files.readAllBytes(file));
    }
    return jar;
  }

  /** Adds a class in the package {@code test}, compiled from its source without the package. */
  ExtensionJar type(String name, String source) throws IOException {
    Path file = Files.createDirectories(work.resolve("src/test")).resolve(name + ".java");
    Files.writeString(file, "package test;\n" + source);
    compile(List.of(file));
    return this;
  }

  /** Names providers of a service. */
  ExtensionJar provides(Class<?> service, String... types) {
    byte[] lines = String.join("\n", types).getBytes(StandardCharsets.UTF_8);
    entries.put("META-INF/services/" + service.getName(), lines);
    return this;
  }

  /** Writes the jar. */
  Path writeTo(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        jar.putNextEntry(new JarEntry(entry.getKey()));
        jar.write(entry.getValue());
      }
    }
    return file;
  }

  private void compile(List<Path> sources) throws IOException {
    Path classes = Files.createDirectories(work.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of("-Xlint:all", "-cp", sluiceClasses().toString(), "-d", classes.toString());
      boolean compiled =
          compiler
              .getTask(
                  messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
              .call();
      assertThat(compiled).as(messages.toString()).isTrue();
      assertThat(messages.toString()).isEmpty();
    }
    for (Path file : files(classes)) {
      entries.put(classes.relativize(file).toString(), Files.readAllBytes(file));
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return new ArrayList<>(all.filter(Files::isRegularFile).sorted().toList());
    }
  }
}
