// Owns: whether a request has exceeded its time.

namespace TinyHost;

/// <param name="IsOver">Whether the limit has been exceeded.</param>
/// <param name="IsLogged">Whether that has been logged.</param>
/// <param name="Elapsed">The time that the request took; zero unless it is over.</param>
internal readonly record struct RequestOverrun(bool IsOver, bool IsLogged, TimeSpan Elapsed);
