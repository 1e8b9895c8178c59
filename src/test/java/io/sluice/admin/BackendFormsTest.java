package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields of forms as members of the API. */
class BackendFormsTest {
  @ParameterizedTest
  @CsvSource({
    "5m,5m",
    "5 min,5m",
    "5 minutes,5m",
    "30 s,30s",
    "30 Seconds,30s",
    "1 hour,1h",
    "pt5m,PT5M",
    "PT1H30M,PT1H30M",
    "p1d,p1d",
    "soon,soon"
  })
  void aDurationIsTakenAsPeopleWriteIt(String written, String api) {
    assertThat(BackendForms.duration(written)).isEqualTo(api);
  }

  @Test
  void labelsThatAreNoMoreThereAreTakenAway() {
    BackendSpec before =
        BackendSpec.of(new Address.Tcp("127.0.0.1", 1))
            .withLabels(Map.of("zone", "north", "rack", "7"));
    Map<String, Object> labels = new HashMap<>();
    labels.put("zone", "a=b");
    labels.put("rack", null);
    assertThat(BackendForms.labels("\n zone = a=b \n\n", before)).isEqualTo(labels);
    assertThatThrownBy(() -> BackendForms.labels("=x", null)).hasMessageContaining("422");
  }

  @Test
  void aWeightThatIsNoNumberIsLeftToTheApiToRefuse() {
    assertThat(BackendForms.number("12")).isEqualTo(12);
    assertThat(BackendForms.number("-1")).isEqualTo("-1");
    assertThat(BackendForms.number("12345678901")).isEqualTo("12345678901");
  }
}
