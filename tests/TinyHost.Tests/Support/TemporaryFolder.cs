// Owns: a folder for one test, deleted afterwards.

namespace TinyHost.Tests.Support;

internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tinyhost-");

    /// <summary>When every file of <see cref="Write"/> was last changed.</summary>
    internal static DateTimeOffset Modified { get; } = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMilliseconds(678);

    internal string Root => _folder.FullName;

    internal string PathOf(string name) => Path.Join(Root, name);

    /// <summary>Writes a file and the folders it is in, and returns its path.</summary>
    internal string Write(string name, string content = "0123456789", DateTimeOffset? modified = null)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, (modified ?? Modified).UtcDateTime);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
