// Owns: the seam for settings that come from files and can be loaded again while the server runs.

namespace TinyHost;

internal interface IReloadable
{
    /// <summary>What it is, as the start of a sentence: <c>The certificates of https://+:8443/</c>.</summary>
    string What { get; }

    /// <summary>The files it is loaded from.</summary>
    IReadOnlyList<string> Files { get; }

    /// <summary>Another object when the settings have changed elsewhere than in their files. Default null: they never do.</summary>
    object? Version => null;

    /// <summary>
    /// Loads again. Returns null, or why the files cannot be used: the end of a sentence. Then everything stays as it was. One call at a
    /// time.
    /// </summary>
    string? Reload();
}
