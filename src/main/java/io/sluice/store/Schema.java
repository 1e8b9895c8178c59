package io.sluice.store;

import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteDataSource;

/**
 * The tables of a database and their versions, brought up to date by Flyway. The scripts are named
 * here because nothing is scanned: a jar in a jar cannot be listed by every class loader.
 *
 * @param directory below this package's resources
 * @param scripts in the order of their versions, which are 1, 2, 3 ...
 */
record Schema(String directory, List<String> scripts) {
  /** What operators want: must never be lost. */
  static final Schema INTENT =
      new Schema("intent", List.of("V1__revisions_audit_accounts_operations.sql"));

  /** What was observed. */
  static final Schema OBSERVED = new Schema("observed", List.of("V1__transitions_and_minutes.sql"));

  private static final String TABLE = "schema_version";

  /**
   * The version that a database has.
   *
   * @return 0: it has no table of versions
   */
  static int version(Connection connection) throws SQLException {
    Long tables =
        Sql.first(
            connection,
            row -> row.getLong(1),
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?",
            TABLE);
    if (tables == null || tables == 0) {
      return 0;
    }
    Integer version =
        Sql.first(
            connection,
            row -> row.getInt(1),
            "SELECT max(CAST(version AS INTEGER)) FROM " + TABLE + " WHERE success");
    return version == null ? 0 : version;
  }

  /** The version that this Sluice works with. */
  int newest() {
    return scripts.size();
  }

  /**
   * Brings a database that nobody else uses up to the newest version.
   *
   * @throws StoreException CORRUPT when its tables are not what its versions say
   */
  void migrate(Path file, SQLiteDataSource source) {
    try {
      Flyway.configure(Schema.class.getClassLoader())
          .loggers("slf4j")
          .dataSource(source)
          .table(TABLE)
          .resourceProvider(new Scripts())
          .javaMigrationClassProvider(List::of)
          .load()
          .migrate();
    } catch (FlywayException failure) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause instanceof SQLException sql) {
          throw Failures.of(file, sql);
        }
      }
      throw new StoreException(
          Kind.CORRUPT,
          "The store " + file + " does not have the tables it should: " + failure.getMessage(),
          failure);
    }
  }

  /** The scripts as Flyway asks for them. */
  private final class Scripts implements ResourceProvider {
    @Override
    public @Nullable LoadableResource getResource(String name) {
      return scripts.contains(name) ? new Script(name) : null;
    }

    @Override
    public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
      return scripts.stream()
          .filter(name -> name.startsWith(prefix) && List.of(suffixes).contains(".sql"))
          .<LoadableResource>map(Script::new)
          .toList();
    }
  }

  private final class Script extends LoadableResource {
    private final String name;

    Script(String name) {
      this.name = name;
    }

    @Override
    public Reader read() {
      String path = directory + "/" + name;
      try (InputStream script = Schema.class.getResourceAsStream(path)) {
        if (script == null) {
          throw new IllegalStateException(path + " is missing in the jar");
        }
        return new StringReader(new String(script.readAllBytes(), StandardCharsets.UTF_8));
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    @Override
    public String getAbsolutePath() {
      return name;
    }

    @Override
    public String getAbsolutePathOnDisk() {
      return name;
    }

    @Override
    public String getFilename() {
      return name;
    }

    @Override
    public String getRelativePath() {
      return name;
    }
  }
}
