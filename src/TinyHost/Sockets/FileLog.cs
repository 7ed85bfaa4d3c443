// Owns: what is logged of files that are read again.

using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class FileLog
{
    [LoggerMessage(50, LogLevel.Information, "{Path} has changed and is in use.")]
    internal static partial void Reloaded(ILogger logger, string path);

    [LoggerMessage(51, LogLevel.Error, "A changed file cannot be used, and its last good content stays in force: {Fault}")]
    internal static partial void NotReloaded(ILogger logger, string fault);
}
