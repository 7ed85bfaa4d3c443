// Owns: the static files that servers are measured with.

namespace TinyHost.Bench.Servers;

/// <summary>A file: its name, how the report calls its size, its length in bytes, and the number of connections that ask for it.</summary>
internal sealed record BenchFile(string Name, string Size, int Length, int Connections)
{
    /// <summary>The path of a request for the file.</summary>
    public string Path => $"/files/{Name}.txt";
}

internal static class BenchFiles
{
    public static readonly BenchFile Small = new("4k", "4 KiB", 4_096, Connections: 64);
    public static readonly BenchFile Large = new("1m", "1 MiB", 1_048_576, Connections: 16);

    public static readonly IReadOnlyList<BenchFile> All = [Small, new("64k", "64 KiB", 65_536, Connections: 64), Large];

    /// <summary>Writes the files to a folder of the directory, and returns the folder.</summary>
    public static string Write(string directory)
    {
        var folder = Directory.CreateDirectory(Path.Combine(directory, "files")).FullName;
        foreach (var file in All)
        {
            File.WriteAllText(Path.Combine(folder, file.Name + ".txt"), new string('x', file.Length));
        }

        return folder;
    }
}
