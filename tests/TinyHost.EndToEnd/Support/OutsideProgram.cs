// Owns: finding the programs of others that tests need, or skipping the test with a reason.
// Does not own: installing them: .ci/run does.

namespace TinyHost.EndToEnd.Support;

internal static class OutsideProgram
{
    /// <summary>The program's path. Skips the test when the machine lacks it, naming the Debian package that has it.</summary>
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
