// Owns: what the report says of the machine and of the versions of everything that was measured.
// Does not own: the measurements.

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace TinyHost.Bench.Reporting;

internal static class Machine
{
    private static readonly string[] s_packages =
        ["wrk", "nginx", "golang-go", "golang-github-prometheus-client-golang-dev", "gunicorn", "python3-falcon", "python3-prometheus-client", "python3"];

    /// <summary>Names and values, in order.</summary>
    public static IEnumerable<(string Name, string Value)> Describe()
    {
        yield return ("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        yield return ("commit", Output("git", "rev-parse", "--short", "HEAD"));
        yield return ("processor", $"{Environment.ProcessorCount} × {Field("/proc/cpuinfo", "model name")}");
        yield return ("memory", Field("/proc/meminfo", "MemTotal"));
        yield return ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}");
        yield return (".NET", $"{RuntimeInformation.FrameworkDescription}; workstation GC, tiered compilation, thread pool as they come, for every .NET server");
        foreach (var package in s_packages)
        {
            yield return ($"Debian's {package}", Output("dpkg-query", "-W", "-f=${Version}", package));
        }
    }

    private static string Field(string path, string name) =>
        File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':') + 1)..].Trim()
            : "unknown";

    private static string Output(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 && text.Length > 0 ? text : "unknown";
        }
        catch (Win32Exception)
        {
            // The report tells what it can; the program is not there.
            return "unknown";
        }
    }
}
