package io.sluice.telemetry;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Where log lines go. Opened at the start, and again for log rotation. */
interface LogTarget {

  /** A channel that writes behind what is there. Closing it leaves standard streams open. */
  WritableByteChannel open() throws IOException;

  /** For messages: {@code stdout} or {@code the file /var/log/sluice/access.log}. */
  String name();

  /** The target with this name in the configuration: a standard stream or a file. */
  static LogTarget of(String target) {
    return switch (target) {
      case "stdout" -> new Standard(target, FileDescriptor.out);
      case "stderr" -> new Standard(target, FileDescriptor.err);
      default -> new InFile(Path.of(target).toAbsolutePath().normalize());
    };
  }

  /** A standard stream of the process, without System.out's lock and character set between. */
  record Standard(String name, FileDescriptor descriptor) implements LogTarget {
    @Override
    public WritableByteChannel open() {
      FileChannel channel = new FileOutputStream(descriptor).getChannel();
      return new WritableByteChannel() {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
          return channel.write(bytes);
        }

        @Override
        public boolean isOpen() {
          return channel.isOpen();
        }

        @Override
        public void close() {
          // The stream belongs to the process.
        }
      };
    }
  }

  /** A file, appended to; made with mode 0640 (less the umask), as it may hold personal data. */
  record InFile(Path path) implements LogTarget {
    @Override
    public WritableByteChannel open() throws IOException {
      boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
      FileAttribute<?>[] mode = {};
      if (posix) {
        mode =
            new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"))
            };
      }
      return FileChannel.open(
          path,
          Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
          mode);
    }

    @Override
    public String name() {
      return "the file " + path;
    }
  }
}
