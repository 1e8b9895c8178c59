package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

class AssetsTest {
  private final Assets assets = new Assets("/assets-of-a-test/");

  private ResponseEntity<byte[]> get(String name, String encodings) {
    return assets.get(
        "/" + name,
        MockServerWebExchange.from(
            MockServerHttpRequest.get("/assets/" + name)
                .header(HttpHeaders.ACCEPT_ENCODING, encodings)));
  }

  @Test
  void aPageLoadsTheEntryWithWhatItImports() {
    assertThat(assets.entry().script()).isEqualTo("main-a1.js");
    assertThat(assets.entry().modules()).containsExactly("shared-b2.js");
    assertThat(assets.entry().styles()).containsExactly("shared-c3.css", "main-d4.css");
  }

  @Test
  void aFileIsKeptForEverAndComesCompressed() {
    ResponseEntity<byte[]> answer = get("main-a1.js", "gzip, br");
    assertThat(answer.getHeaders().getFirst("Cache-Control"))
        .isEqualTo("public, max-age=31536000, immutable");
    assertThat(answer.getHeaders().getFirst("Content-Type"))
        .isEqualTo("text/javascript;charset=utf-8");
    assertThat(answer.getHeaders().getFirst("Content-Encoding")).isEqualTo("br");
    assertThat(answer.getHeaders().getFirst("Vary")).isEqualTo("Accept-Encoding");
    assertThat(new String(answer.getBody(), StandardCharsets.UTF_8)).isEqualTo("brotli\n");
    ResponseEntity<byte[]> plain = get("main-a1.js", "identity");
    assertThat(plain.getHeaders().getFirst("Content-Encoding")).isNull();
    assertThat(new String(plain.getBody(), StandardCharsets.UTF_8)).isEqualTo("plain\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "br | br", "gzip | gzip", "GZIP;q=0.5, br;q=0.4 | gzip", "br;q=0, gzip | gzip", "* | br",
        "*;q=0 | ''", "identity | ''", "'' | ''", "br;q=2 | ''", "br;q=x, gzip | gzip"
      })
  void theBestCodingThatIsTakenIsChosen(String field, String coding) {
    HttpHeaders headers = new HttpHeaders();
    headers.set(HttpHeaders.ACCEPT_ENCODING, field);
    assertThat(Assets.coding(headers, Set.of("", "br", "gzip"))).isEqualTo(coding);
  }

  @Test
  void onlyWhatTheManifestNamesIsServed() {
    for (String name : new String[] {"manifest.json", "main-a1.js.br", "../layout.html", ""}) {
      assertThatThrownBy(() -> get(name, "br"))
          .isInstanceOfSatisfying(
              ProblemException.class, p -> assertThat(p.status().value()).isEqualTo(404));
    }
  }

  @Test
  void withoutAssetsThereIsNothingToLoad() {
    Assets none = new Assets("/no-such-folder/");
    assertThat(none.entry().script()).isNull();
    assertThat(none.entry().styles()).isEmpty();
  }
}
