package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.BuildImageResultCallback;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.ContainerConfig;
import com.github.dockerjava.api.model.HostConfig;
import io.sluice.testing.AdminApi;
import io.sluice.testing.SluiceProcess;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.output.OutputFrame.OutputType;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** The image as Docker runs it: limits of memory and processors, no rights, a read-only root. */
class ImageInContainerIT extends ImageScenario {
  private static final Pattern SERVES = Pattern.compile("serves (\\S+?)(?:, \\S+)*; admin (\\S+)");

  private static DockerClient docker;
  private static String name;

  @BeforeAll
  static void load() throws Exception {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      Distribution.skip("the image was not run by Docker, of which no engine was found");
    }
    docker = DockerClientFactory.instance().client();
    Path tar = Distribution.file("-image.tar");
    try (InputStream in = Files.newInputStream(tar)) {
      docker.loadImageCmd(in).exec();
    }
    String file = String.valueOf(tar.getFileName());
    name = "sluice:" + file.substring("sluice-".length(), file.length() - "-image.tar".length());
  }

  @Override
  Container start(Path configuration, int memory) throws Exception {
    GenericContainer<?> container =
        new GenericContainer<>(DockerImageName.parse(name))
            .withImagePullPolicy(image -> false)
            .withNetworkMode("host")
            .withFileSystemBind(configuration.toString(), "/etc/sluice/conf", BindMode.READ_ONLY)
            .withEnv("SLUICE_ADMIN_TOKEN", AdminApi.TOKEN)
            .withCommand("-c", "/etc/sluice/conf/application.yaml")
            .withCreateContainerCmdModifier(
                create -> limit(Objects.requireNonNull(create.getHostConfig()), memory))
            .waitingFor(
                Wait.forLogMessage(".*serves.*admin.*\\n", 1)
                    .withStartupTimeout(Duration.ofSeconds(60)));
    container.start();
    return new Started(container);
  }

  private static void limit(HostConfig host, int memory) {
    host.withReadonlyRootfs(true)
        .withTmpFs(Map.of("/tmp", "noexec", "/var/lib/sluice", "noexec,uid=65532,gid=65532"))
        .withCapDrop(Capability.ALL)
        .withSecurityOpts(List.of("no-new-privileges"))
        .withMemory(memory * 1024L * 1024L)
        .withMemorySwap(memory * 1024L * 1024L)
        .withNanoCPUs(1_000_000_000L);
  }

  private record Started(GenericContainer<?> container) implements Container {
    private String address(int group) {
      Matcher matcher = SERVES.matcher(said());
      assertThat(matcher.find()).as(this::said).isTrue();
      return matcher.group(group) + "/";
    }

    @Override
    public URI proxy() {
      return URI.create(address(1));
    }

    @Override
    public URI admin() {
      return URI.create(address(2));
    }

    /** Docker sends the signal that the image names, and waits. */
    @Override
    public void stop() {
      String id = container.getContainerId();
      Thread.ofPlatform()
          .name("docker-stop")
          .start(() -> docker.stopContainerCmd(id).withTimeout(60).exec());
    }

    @Override
    public int exitCode() {
      return docker
          .waitContainerCmd(container.getContainerId())
          .exec(new WaitContainerResultCallback())
          .awaitStatusCode();
    }

    @Override
    public String said() {
      return container.getLogs(OutputType.STDERR);
    }

    @Override
    public void close() {
      container.close();
    }
  }

  @Test
  void theDockerfileMakesTheSame() throws Exception {
    InspectImageResponse loaded = docker.inspectImageCmd(name).exec();
    ContainerConfig wanted = Objects.requireNonNull(loaded.getConfig());
    String id =
        docker
            .buildImageCmd(SluiceProcess.home().toFile())
            .withTags(Set.of("sluice:built-by-docker"))
            .exec(new BuildImageResultCallback())
            .awaitImageId();
    ContainerConfig built = Objects.requireNonNull(docker.inspectImageCmd(id).exec().getConfig());
    assertThat(built.getEntrypoint()).isEqualTo(wanted.getEntrypoint());
    assertThat(built.getCmd()).isEqualTo(wanted.getCmd());
    assertThat(built.getUser()).isEqualTo(wanted.getUser());
    assertThat(built.getEnv()).isEqualTo(wanted.getEnv());
    assertThat(built.getWorkingDir()).isEqualTo(wanted.getWorkingDir());
    assertThat(Arrays.asList(Objects.requireNonNull(built.getExposedPorts())))
        .containsExactlyInAnyOrder(wanted.getExposedPorts());
    assertThat(files(id)).isEqualTo(files(name));
  }

  /** Every file of an image with its mode, owner, size and time; links without their time. */
  private List<String> files(String image) throws Exception {
    String id = docker.createContainerCmd(image).exec().getId();
    Path tar = Files.createTempFile(directory, "files", ".tar");
    try (InputStream in = docker.copyArchiveFromContainerCmd(id, "/opt").exec()) {
      Files.copy(in, tar, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } finally {
      docker.removeContainerCmd(id).withForce(true).exec();
    }
    return Distribution.said("tar", "tvf", tar.toString(), "--numeric-owner", "--full-time")
        .lines()
        .filter(line -> !line.startsWith("d"))
        .map(line -> line.startsWith("l") ? line.replaceFirst("[-0-9]{10} \\S+", "") : line)
        .sorted()
        .toList();
  }
}
