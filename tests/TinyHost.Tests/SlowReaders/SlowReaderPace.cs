// Owns: how the slow readers of the matrix take what they are sent.

namespace TinyHost.Tests.SlowReaders;

public enum SlowReaderPace
{
    /// <summary>About 400 KB a second.</summary>
    Slow,

    /// <summary>About 150 KB a second.</summary>
    Slower,

    /// <summary>Nothing for five seconds, then everything.</summary>
    Pause,
}
