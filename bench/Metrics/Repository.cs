// Owns: the paths of repository files, whatever the working directory.

namespace TinyHost.Metrics.Benchmarks;

internal static class Repository
{
    private static readonly string s_root = FindRoot();

    internal static string Path(string relative) => System.IO.Path.Combine(s_root, relative);

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "TinyHost.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"TinyHost.sln not found in any directory above {AppContext.BaseDirectory}.");
    }
}
