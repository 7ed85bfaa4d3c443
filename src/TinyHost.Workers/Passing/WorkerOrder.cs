// Owns: the lines that a parent and a worker send each other.

namespace TinyHost.Workers;

/// <summary>
/// The worker sends <see cref="Ready"/> with the URLs of its metrics once it accepts connections. The parent sends orders, and questions
/// with a number (<c>ask 7 ping</c>), which the worker answers (<c>answer 7 …</c>).
/// </summary>
internal static class WorkerOrder
{
    /// <summary>The whole program stops: finish, after the delay for load balancers.</summary>
    internal const string Stop = "stop";

    /// <summary>Another process has taken the place of this one: finish.</summary>
    internal const string Leave = "leave";

    /// <summary>Stop without the delay.</summary>
    internal const string Hurry = "hurry";

    internal const string Ready = "ready";
    internal const string Ask = "ask ";
    internal const string Answer = "answer ";

    /// <summary>Do the servers live? The answer is empty, or why not.</summary>
    internal const string Ping = "ping";

    /// <summary>Is the process ready to serve? The answer is a state and, after a space, the reasons.</summary>
    internal const string Health = "health";
}
