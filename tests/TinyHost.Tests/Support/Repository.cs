// Owns: finding the repository's source files from the folder a test runs in.

namespace TinyHost.Tests.Support;

/// <summary>The working copy that the tests were built from.</summary>
internal static class Repository
{
    internal static string Root { get; } = FindRoot();

    /// <summary>The C# files below a folder, by relative path with forward slashes, without build output.</summary>
    internal static IReadOnlyDictionary<string, string> SourceFiles(string folder)
    {
        var root = Path.Combine(Root, folder);
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path: Path.GetRelativePath(root, file).Replace('\\', '/'), File: file))
            .Where(file => !file.Path.Split('/').Any(part => part is "bin" or "obj"))
            .ToDictionary(file => file.Path, file => File.ReadAllText(file.File));
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "TinyHost.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} contains TinyHost.sln.");
    }
}
