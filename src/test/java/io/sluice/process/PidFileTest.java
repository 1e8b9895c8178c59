package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PidFileTest {
  private static final String OWN = ProcessHandle.current().pid() + "\n";

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("sluice.pid");
  }

  private List<String> names() throws Exception {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void itHoldsThePidAsLongAsTheProcessHasIt() throws Exception {
    try (PidFile file = PidFile.claim(path)) {
      assertThat(file.path()).isEqualTo(path);
      assertThat(path).hasContent(OWN.strip());
      assertThat(Files.readString(path)).endsWith("\n");
      assertThat(names()).containsExactly("sluice.pid");
    }
    assertThat(names()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"999999999\n", "1\n", "", "4711"})
  void aStaleFileIsReplacedWhateverProcessHasItsNumberNow(String left) throws Exception {
    Files.writeString(path, left);
    try (PidFile file = PidFile.claim(path)) {
      assertThat(Files.readString(file.path())).isEqualTo(OWN);
      assertThat(names()).containsExactly("sluice.pid");
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void aSecondInstanceIsRefusedByName() throws Exception {
    try (PidFile first = PidFile.claim(path)) {
      assertThatThrownBy(() -> PidFile.claim(path))
          .isInstanceOf(StartException.class)
          .hasMessage(
              "Sluice already runs as pid %s (pid_file %s); stop it, or take over by -u"
                  .formatted(OWN.strip(), first.path()));
      assertThat(Files.readString(path)).isEqualTo(OWN);
      assertThat(names()).containsExactly("sluice.pid");
    }
  }

  @Test
  void oneOfManyThatStartAtTheSameTimeGetsIt() throws Exception {
    Files.writeString(path, "999999999\n");
    List<PidFile> claimed = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<PidFile>> starts = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        starts.add(() -> PidFile.claim(path));
      }
      for (Future<PidFile> start : threads.invokeAll(starts)) {
        try {
          claimed.add(start.get());
        } catch (ExecutionException e) {
          assertThat(e.getCause()).isInstanceOf(StartException.class);
        }
      }
    }
    assertThat(claimed).hasSize(1);
    assertThat(Files.readString(path)).isEqualTo(OWN);
    claimed.getFirst().close();
    assertThat(names()).isEmpty();
  }

  @Test
  void aFileThatHoldsSomethingElseIsLeftAlone() throws Exception {
    Files.writeString(path, "root:x:0:0:root:/root:/bin/bash\n");
    assertThatThrownBy(() -> PidFile.claim(path))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("holds no process's number; it is left alone");
    assertThat(Files.readString(path)).startsWith("root:");
    assertThat(names()).containsExactly("sluice.pid");
  }

  @Test
  void aLinkOrADirectoryInItsPlaceIsLeftAlone() throws Exception {
    Path target = Files.writeString(directory.resolve("target"), "1\n");
    Files.createSymbolicLink(path, target);
    assertThatThrownBy(() -> PidFile.claim(path))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("it exists and is no file; it is left alone");
    assertThat(Files.readString(target)).isEqualTo("1\n");
    Files.delete(path);
    Files.createDirectory(path);
    assertThatThrownBy(() -> PidFile.claim(path))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("it exists and is no file; it is left alone");
  }

  @Test
  void aMissingDirectoryIsNamed() {
    assertThatThrownBy(() -> PidFile.claim(directory.resolve("no/sluice.pid")))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("its directory does not exist");
  }

  @Test
  void aFileThatIsNoLongerOursIsNotRemoved() throws Exception {
    try (PidFile file = PidFile.claim(path)) {
      Files.delete(file.path());
      Files.writeString(path, "4711\n");
    }
    assertThat(Files.readString(path)).isEqualTo("4711\n");
  }

  @Test
  void aSuccessorTakesItOverAndTheOldOneLeavesItAlone() throws Exception {
    PidFile old = PidFile.claim(path);
    Object before = Files.getAttribute(path, "unix:ino");
    try (PidFile successor = PidFile.ofPredecessor(path)) {
      assertThat(Files.getAttribute(path, "unix:ino")).isEqualTo(before);
      successor.takeOver();
      assertThat(Files.getAttribute(path, "unix:ino")).isNotEqualTo(before);
      old.close();
      assertThat(Files.readString(path)).isEqualTo(OWN);
      assertThat(names()).containsExactly("sluice.pid");
      assertThatThrownBy(() -> PidFile.claim(path))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("already runs");
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void aSuccessorThatIsCalledOffChangesNothing() throws Exception {
    try (PidFile old = PidFile.claim(path)) {
      PidFile.ofPredecessor(path).close();
      assertThat(Files.readString(old.path())).isEqualTo(OWN);
    }
    assertThat(names()).isEmpty();
  }
}
