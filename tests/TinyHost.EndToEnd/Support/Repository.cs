// Owns: where this build put things.
// Does not own: building them: the project file references what the tests start.

using System.Reflection;

namespace TinyHost.EndToEnd.Support;

/// <summary>The repository the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>A file of the repository.</summary>
    public static string File(string path) => Path.Combine(Root, path);

    /// <summary>A file a project's build made, in the configuration the tests were built in.</summary>
    public static string BuiltFile(string projectDirectory, string name) =>
        Path.Combine(Root, projectDirectory, "bin", Metadata("Configuration"), "net10.0", name);

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;
}
