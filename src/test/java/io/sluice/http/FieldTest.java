package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldTest {

  static Stream<Field> namedFields() {
    return Arrays.stream(Field.values())
        .filter(
            f -> f != Field.OTHER && f != Field.X_FORWARDED_ANY && f != Field.X_CLIENT_CERT_ANY);
  }

  private static String nameOf(Field field) {
    return field.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Field of(String name) {
    byte[] bytes = Ascii.bytes("<" + name + ">");
    return Field.of(bytes, 1, bytes.length - 1);
  }

  @ParameterizedTest
  @MethodSource("namedFields")
  void knowsANameInAnyCase(Field field) {
    String name = nameOf(field);
    assertThat(of(name)).isEqualTo(field);
    assertThat(of(name.toUpperCase(Locale.ROOT))).isEqualTo(field);
    assertThat(of(name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1)))
        .isEqualTo(field);
  }

  @ParameterizedTest
  @MethodSource("namedFields")
  void readsUnderscoresAsDashes(Field field) {
    assertThat(of(nameOf(field).replace('-', '_'))).isEqualTo(field);
    assertThat(of(nameOf(field).replaceFirst("-", "_"))).isEqualTo(field);
  }

  @ParameterizedTest
  @MethodSource("namedFields")
  void doesNotTakeANameThatIsOneCharacterOff(Field field) {
    String name = nameOf(field);
    assertThat(of("q" + name)).isEqualTo(Field.OTHER);
    assertThat(of(name.substring(1))).isNotEqualTo(field);
    assertThat(of(name.substring(0, name.length() - 1))).isNotEqualTo(field);
    assertThat(of(name + "q")).isNotEqualTo(field);
    for (int i = 0; i < name.length(); i++) {
      String other = name.substring(0, i) + "~" + name.substring(i + 1);
      assertThat(of(other)).as(other).isNotEqualTo(field);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-client-cert", "X-Client-Cert-Subject", "x_client_cert_any-1"})
  void whateverIsSaidOfAClientsCertificateIsOneKind(String name) {
    assertThat(of(name)).isEqualTo(Field.X_CLIENT_CERT_ANY);
    assertThat(of(name.substring(1))).isEqualTo(Field.OTHER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x-forwarded-port", "X_FORWARDED_PREFIX", "x-forwarded-f", "X-Forwarded-Fors"})
  void everyOtherForwardedNameIsOneKind(String name) {
    assertThat(of(name)).isEqualTo(Field.X_FORWARDED_ANY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "x-forwarded", "xforwarded-for", "Cookie", "Authorization"})
  void anythingElsePassesAsItCame(String name) {
    assertThat(of(name)).isEqualTo(Field.OTHER);
  }

  @ParameterizedTest
  @MethodSource("namedFields")
  void anIndexLeadsBackToItsField(Field field) {
    assertThat(Field.at(field.index())).isEqualTo(field);
    assertThat(field.isFraming())
        .isEqualTo(field == Field.CONTENT_LENGTH || field == Field.TRANSFER_ENCODING);
  }
}
