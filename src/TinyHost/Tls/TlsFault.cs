// Owns: reporting TLS settings and files that cannot be used.

namespace TinyHost;

/// <summary>The message completes a sentence that names the prefix: no capital at its start, no full stop at its end.</summary>
internal sealed class TlsFault(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>A file that cannot be read.</summary>
    /// <param name="what">Which file, such as <c>the certificate file</c>.</param>
    /// <param name="path">Its path.</param>
    /// <param name="cause">What reading it threw.</param>
    internal static TlsFault Unreadable(string what, string path, Exception cause) => new(
        $"{what} '{path}' cannot be read: " + cause switch
        {
            FileNotFoundException or DirectoryNotFoundException => "no such file",
            UnauthorizedAccessException => Directory.Exists(path) ? "it is a directory" : "permission denied",
            _ => cause.Message.TrimEnd('.'),
        },
        cause);
}
