// Owns: the paths of source files and build output.

using System.Reflection;

namespace TinyHost.EndToEnd.Support;

/// <summary>The repository the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The path of a file in the repository.</summary>
    public static string File(string path) => Path.Combine(Root, path);

    /// <summary>The path of a project's build output, in the configuration of the tests.</summary>
    public static string BuiltFile(string projectDirectory, string name) =>
        Path.Combine(Root, projectDirectory, "bin", Metadata("Configuration"), "net10.0", name);

    /// <summary>A value that the project file gives to the tests.</summary>
    public static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;
}
