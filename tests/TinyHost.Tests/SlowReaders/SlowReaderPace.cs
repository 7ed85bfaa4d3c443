// Owns: the speeds at which slow readers read.

namespace TinyHost.Tests.SlowReaders;

public enum SlowReaderPace
{
    /// <summary>About 400 KB/s.</summary>
    Slow,

    /// <summary>About 150 KB/s.</summary>
    Slower,

    /// <summary>Nothing for five seconds, then everything.</summary>
    Pause,
}
