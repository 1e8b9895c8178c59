package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Configuration.AccessLog;
import io.sluice.config.Configuration.Shutdown;
import io.sluice.config.RouteSpec.Action;
import io.sluice.config.RouteSpec.HeaderRules;
import io.sluice.config.RouteSpec.Match;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The file at the top level, which operators begin with. */
class ApplicationYamlTest {

  @Test
  void theFileAtTheTopLevelIsTheQuickStart() throws Exception {
    assertThat(ConfigurationReader.read("application.yaml", applicationYaml()))
        .isEqualTo(quickStart());
  }

  @Test
  void whatTheFileAtTheTopLevelShowsAsCommentsAreTheDefaults() throws Exception {
    String everything = uncommented(applicationYaml());

    assertThat(everything).contains("\n      limits:", "\n          max-age: 0s", "\npid_file:");
    assertThat(ConfigurationReader.read("application.yaml", everything)).isEqualTo(quickStart());
  }

  @Test
  void everyAvailableKeyStandsInTheFileAtTheTopLevel() throws IOException {
    String yaml = uncommented(applicationYaml());
    for (KnownKeys keys : KnownKeys.values()) {
      boolean explainedInProse =
          Set.of(
                  KnownKeys.BACKEND,
                  KnownKeys.CLIENT_CERTIFICATE,
                  KnownKeys.CERTIFICATE,
                  KnownKeys.REDIRECT,
                  KnownKeys.RESPOND,
                  KnownKeys.PATH_REWRITE,
                  KnownKeys.FILTER)
              .contains(keys);
      for (String key : explainedInProse ? List.<String>of() : keys.available()) {
        if (keys == KnownKeys.FILE && KnownKeys.SPRING.contains(key)) {
          continue;
        }
        assertThat(yaml).as(keys.path()).containsPattern("(?m)^ *(- |# +)?" + key + ":");
      }
    }
  }

  private static Configuration quickStart() {
    PoolSpec pool =
        PoolSpec.of(
                "default",
                List.of(
                    BackendSpec.of("1-1-1-1-443", new Address.Tcp("1.1.1.1", 443)),
                    BackendSpec.of("1-0-0-1-443", new Address.Tcp("1.0.0.1", 443))))
            .withTls(new TlsSpec(true, "one.one.one.one", true, null, null, null));
    RouteSpec route =
        RouteSpec.of("default", Match.ALL, new Action.ToPool("default"))
            .withRequestHeaders(
                new HeaderRules(Map.of("Host", "one.one.one.one"), Map.of(), List.of()));
    return new Configuration(
        ConfigurationReaderTest.DEFAULTS.threads(),
        ConfigurationReaderTest.DEFAULTS.listeners(),
        List.of(),
        List.of(),
        null,
        ConfigurationReaderTest.DEFAULTS.mode(),
        ConfigurationReaderTest.DEFAULTS.store(),
        ConfigurationReaderTest.DEFAULTS.admin(),
        Shutdown.DEFAULT,
        ConfigurationReaderTest.DEFAULTS.process(),
        AccessLog.DEFAULT,
        ConfigurationReaderTest.DEFAULTS.extensions(),
        new Snapshot(List.of(pool), List.of(route)));
  }

  private static String applicationYaml() throws IOException {
    return Files.readString(Path.of("application.yaml"));
  }

  /** The file with every default switched on: they have no space between # and key. */
  static String uncommented(String yaml) {
    return yaml.replaceAll("(?m)^( *)#([a-z0-9_-]+:)", "$1$2");
  }
}
