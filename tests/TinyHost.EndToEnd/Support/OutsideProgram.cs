// Owns: finding a third-party program that a test needs, or skipping the test.

namespace TinyHost.EndToEnd.Support;

internal static class OutsideProgram
{
    /// <summary>The path of a program. Skips the test if it is missing, naming its Debian package. .ci/run installs them all.</summary>
    public static string Require(string name, string package)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Append("/usr/sbin")
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"needs {name} (Debian package {package})");
        return path!;
    }
}
