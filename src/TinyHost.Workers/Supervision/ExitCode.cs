// Owns: describing how a process has ended.

using System.Globalization;

namespace TinyHost.Workers;

internal static class ExitCode
{
    private const int FirstSignal = 128;

    /// <summary>For example <c>exit code 1</c>, or <c>SIGKILL</c>.</summary>
    internal static string Describe(int code) => (code - FirstSignal) switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => string.Create(CultureInfo.InvariantCulture, $"exit code {code}"),
    };
}
