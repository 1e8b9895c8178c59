package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.SluiceProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is in the image, and that the Dockerfile says the same. */
class ImageIT {
  private static final long MOST_BYTES = 120_000_000;

  @TempDir static Path directory;
  private static ImageTar image;

  @BeforeAll
  static void unpack() throws Exception {
    image = ImageTar.unpack(directory);
    image.unpackRoot(directory.resolve("root"));
  }

  @Test
  void itIsSmallEnough() throws Exception {
    long bytes = 0;
    for (Path layer : image.layers()) {
      bytes += Files.size(layer);
    }
    assertThat(bytes).isBetween(1L, MOST_BYTES);
  }

  @Test
  void itsLayersAreWhatItsConfigurationSays() throws Exception {
    List<String> digests = new ArrayList<>();
    for (Path layer : image.layers()) {
      digests.add(ImageTar.diffId(layer));
    }
    assertThat(ImageTar.texts(image.config().path("rootfs").path("diff_ids"))).isEqualTo(digests);
    assertThat(image.config().path("history").size()).isEqualTo(digests.size());
  }

  @Test
  void theListForDockerLoadNamesTheSameFiles() throws Exception {
    Path list = directory.resolve("layout/manifest.json");
    JsonNode entry = new JsonMapper().readTree(Files.readString(list)).get(0);
    assertThat(entry.path("Config").asString())
        .isEqualTo(path(image.manifest().path("config").path("digest").asString()));
    List<String> layers = new ArrayList<>();
    image.manifest().path("layers").forEach(l -> layers.add(path(l.path("digest").asString())));
    assertThat(ImageTar.texts(entry.path("Layers"))).isEqualTo(layers);
  }

  private static String path(String digest) {
    return "blobs/" + digest.replace(':', '/');
  }

  @Test
  void nothingInItIsWrittenByOthersOrRunsAsSomebodyElse() throws Exception {
    Path root = directory.resolve("root");
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> !Files.isSymbolicLink(f)).toList()) {
        int mode = (int) Files.getAttribute(file, "unix:mode");
        assertThat(mode & 06000).as("set-user-id of %s", file).isZero();
        if (!file.equals(root.resolve("tmp"))) {
          assertThat(Files.getPosixFilePermissions(file))
              .as("%s", file)
              .doesNotContain(PosixFilePermission.OTHERS_WRITE, PosixFilePermission.GROUP_WRITE);
        }
      }
    }
    assertThat((int) Files.getAttribute(root.resolve("tmp"), "unix:mode") & 07777).isEqualTo(01777);
    assertThat(root.resolve("bin")).doesNotExist();
    assertThat(root.resolve("opt/sluice/bin")).as("a script without a shell").doesNotExist();
  }

  @Test
  void everyLibraryThatItsProgramsNeedIsThere() throws Exception {
    Path root = directory.resolve("root");
    TreeSet<String> there = new TreeSet<>();
    List<Path> binaries = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = String.valueOf(file.getFileName());
        if (name.contains(".so")) {
          there.add(name);
          binaries.add(file);
        }
      }
    }
    binaries.add(root.resolve("opt/sluice/runtime/bin/java"));
    Pattern needed = Pattern.compile("NEEDED +(\\S+)");
    TreeMap<String, String> lacking = new TreeMap<>();
    for (Path binary : binaries) {
      Matcher names = needed.matcher(Distribution.said("objdump", "-p", binary.toString()));
      while (names.find()) {
        if (!there.contains(names.group(1))) {
          lacking.put(names.group(1), String.valueOf(binary.getFileName()));
        }
      }
    }
    assertThat(lacking).isEmpty();
  }

  /** For someone who builds with Docker the same comes out. */
  @Test
  void theDockerfileSaysTheSame() throws Exception {
    String file = Files.readString(SluiceProcess.home().resolve("Dockerfile"));
    Map<String, List<String>> instructions = instructions(file);
    JsonNode config = image.config().path("config");
    JsonMapper json = new JsonMapper();
    assertThat(instructions.get("ENTRYPOINT"))
        .containsExactly(json.writeValueAsString(config.path("Entrypoint")));
    assertThat(instructions.get("CMD"))
        .containsExactly(json.writeValueAsString(config.path("Cmd")));
    assertThat(instructions.get("ENV")).isEqualTo(ImageTar.texts(config.path("Env")));
    assertThat(instructions.get("USER")).containsExactly(config.path("User").asString());
    assertThat(instructions.get("WORKDIR")).containsExactly(config.path("WorkingDir").asString());
    assertThat(instructions.get("STOPSIGNAL"))
        .containsExactly(config.path("StopSignal").asString());
    assertThat(instructions.get("VOLUME"))
        .isEqualTo(config.path("Volumes").propertyStream().map(Map.Entry::getKey).toList());
    assertThat(String.join(" ", instructions.get("EXPOSE")).split(" ", -1))
        .containsExactlyInAnyOrderElementsOf(
            config.path("ExposedPorts").propertyStream().map(Map.Entry::getKey).toList());
    Matcher labels =
        Pattern.compile("([a-z.]+)=\"([^\"]*)\"")
            .matcher(String.join(" ", instructions.get("LABEL")));
    Map<String, String> said = new HashMap<>();
    while (labels.find()) {
      said.put(labels.group(1), labels.group(2));
    }
    Map<String, String> labelled = new HashMap<>();
    config
        .path("Labels")
        .propertyStream()
        .forEach(l -> labelled.put(l.getKey(), l.getValue().asString()));
    assertThat(said.keySet()).isEqualTo(labelled.keySet());
    said.forEach(
        (name, value) -> {
          if (!value.startsWith("$")) {
            assertThat(value).as(name).isEqualTo(labelled.get(name));
          }
        });
    assertThat(instructions.get("COPY"))
        .containsExactly(
            "target/dist/root/ /",
            "--chown=65532:65532 target/dist/root/var/lib/sluice /var/lib/sluice");
  }

  private static Map<String, List<String>> instructions(String dockerfile) {
    Map<String, List<String>> instructions = new HashMap<>();
    String whole = dockerfile.replaceAll("(?m)^#.*\n", "").replaceAll("\\\\\n\\s*", "");
    for (String line : whole.lines().filter(line -> !line.isBlank()).toList()) {
      String[] words = line.split(" ", 2);
      String arguments =
          words[1].startsWith("[") ? words[1].replaceAll("\", +\"", "\",\"") : words[1];
      instructions.computeIfAbsent(words[0], name -> new ArrayList<>()).add(arguments);
    }
    return instructions;
  }

  @Test
  void thePartsThatItListsAreTheOnesInIt() throws Exception {
    Path root = directory.resolve("root/opt/sluice");
    JsonNode bom = new JsonMapper().readTree(Files.readString(root.resolve("sluice.cdx.json")));
    assertThat(bom.path("bomFormat").asString()).isEqualTo("CycloneDX");
    TreeSet<String> listed = new TreeSet<>();
    Map<String, String> others = new HashMap<>();
    for (JsonNode part : bom.path("components")) {
      String purl = part.path("purl").asString();
      if (purl.startsWith("pkg:maven/")) {
        String classifier =
            purl.contains("classifier=")
                ? "-" + purl.replaceAll(".*classifier=([^&]*).*", "$1")
                : "";
        listed.add(
            part.path("name").asString()
                + "-"
                + part.path("version").asString()
                + classifier
                + ".jar");
      } else {
        others.put(part.path("name").asString(), part.path("version").asString());
      }
    }
    TreeSet<String> jars = new TreeSet<>();
    try (Stream<Path> files = Files.list(root.resolve("lib/jars"))) {
      files.forEach(file -> jars.add(String.valueOf(file.getFileName())));
    }
    listed.removeIf(jar -> jar.startsWith("spring-boot-starter-")); // without content
    assertThat(listed).isEqualTo(jars);
    assertThat(others.keySet()).containsExactlyInAnyOrder("openjdk", "libc6", "ca-certificates");
    assertThat(Files.readString(root.resolve("runtime/release"))).contains(others.get("openjdk"));
  }

  @Test
  void theRuntimeHasWhatSluiceNeeds() throws Exception {
    Path root = directory.resolve("root/opt/sluice");
    String said =
        Distribution.said(
            "sh",
            "-c",
            "%1$s/bin/jdeps --ignore-missing-deps --multi-release 25 --print-module-deps --class-path '%2$s/lib/jars/*' %2$s/lib/sluice.jar %2$s/lib/jars/*.jar"
                .formatted(System.getProperty("java.home"), root));
    String needed = said.lines().filter(line -> !line.startsWith("Warning:")).toList().getLast();
    String there = Files.readString(root.resolve("runtime/release"));
    Matcher modules = Pattern.compile("MODULES=\"([^\"]*)\"").matcher(there);
    assertThat(modules.find()).isTrue();
    assertThat(List.of(modules.group(1).split(" ", -1)))
        .containsAll(List.of(needed.split(",", -1)));
  }

  /** In another directory, at another time, from the same sources and list of classes. */
  @Test
  void theSameSourcesGiveTheSameBytes() throws Exception {
    Path home = SluiceProcess.home();
    Path checkout = directory.resolve("elsewhere");
    Path elsewhere = Files.createDirectories(checkout.resolve("target"));
    for (String name : List.of("bin", "LICENSE", "CHANGELOG.md", "application.yaml", ".git")) {
      Files.createSymbolicLink(checkout.resolve(name), home.resolve(name));
    }
    Distribution.said("cp", "-r", home.resolve("packaging").toString(), checkout.toString());
    for (String name : List.of("sluice", "classes")) {
      Files.createSymbolicLink(elsewhere.resolve(name), home.resolve("target").resolve(name));
    }
    String created = image.config().path("created").asString();
    String version =
        image
            .config()
            .path("config")
            .path("Labels")
            .path("org.opencontainers.image.version")
            .asString();
    ProcessBuilder build =
        new ProcessBuilder(checkout.resolve("packaging/build").toString(), version, created);
    build.environment().put("CLASSES", Distribution.file(".classes").toString());
    build.environment().put("JAVA_HOME", System.getProperty("java.home"));
    build.environment().put("TZ", "Pacific/Auckland");
    assertThat(build.inheritIO().start().waitFor()).isZero();
    for (String ending : List.of("-image.tar", ".tar.gz", ".deb")) {
      Path first = Distribution.file(ending);
      Path second = elsewhere.resolve("dist").resolve(first.getFileName());
      assertThat(Files.mismatch(first, second)).as(ending).isEqualTo(-1);
    }
  }
}
