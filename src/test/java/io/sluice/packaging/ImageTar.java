package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The image as any tool reads it: an OCI layout in a tar file. */
final class ImageTar {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path layout;
  private final JsonNode manifest;

  private ImageTar(Path layout, JsonNode manifest) {
    this.layout = layout;
    this.manifest = manifest;
  }

  /** Unpacks the built image's layout into a directory. */
  static ImageTar unpack(Path directory) throws IOException, InterruptedException {
    Path layout = Files.createDirectories(directory.resolve("layout"));
    Path tar = Distribution.file("-image.tar");
    Distribution.said("tar", "xf", tar.toString(), "-C", layout.toString());
    JsonNode index = JSON.readTree(Files.readString(layout.resolve("index.json")));
    assertThat(index.path("manifests").size()).isEqualTo(1);
    Path blob = blob(layout, index.path("manifests").get(0));
    return new ImageTar(layout, JSON.readTree(Files.readString(blob)));
  }

  /** The file of a descriptor, with the size and digest that it says. */
  private static Path blob(Path layout, JsonNode descriptor) throws IOException {
    String digest = descriptor.path("digest").asString();
    Path blob = layout.resolve("blobs").resolve(digest.replace(':', '/'));
    assertThat(Files.size(blob)).isEqualTo(descriptor.path("size").asLong());
    assertThat("sha256:" + sha256(Files.readAllBytes(blob))).isEqualTo(digest);
    return blob;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  JsonNode manifest() {
    return manifest;
  }

  /** Architecture, layers' digests and what a container is started with. */
  JsonNode config() throws IOException {
    Path blob = blob(layout, manifest.path("config"));
    return JSON.readTree(Files.readString(blob, StandardCharsets.UTF_8));
  }

  /** The layers, compressed, from the bottom. */
  List<Path> layers() throws IOException {
    List<Path> layers = new ArrayList<>();
    for (JsonNode descriptor : manifest.path("layers")) {
      layers.add(blob(layout, descriptor));
    }
    return layers;
  }

  /** The digest of a layer's content. */
  static String diffId(Path layer) throws IOException {
    try (var in = new GZIPInputStream(Files.newInputStream(layer))) {
      return "sha256:" + sha256(in.readAllBytes());
    }
  }

  /** Unpacks the layers into a directory, with owners and modes when this is root. */
  void unpackRoot(Path root) throws IOException, InterruptedException {
    Files.createDirectories(root);
    for (Path layer : layers()) {
      Distribution.said("tar", "xzpf", layer.toString(), "--numeric-owner", "-C", root.toString());
    }
  }

  /** What a container runs: the entry point's words. */
  List<String> entryPoint() throws IOException {
    return texts(config().path("config").path("Entrypoint"));
  }

  static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asString()));
    return texts;
  }
}
