// Owns: a response as received.

namespace TinyHost.Tests.Support;

internal sealed record RawResponse(int Status, string Head, ILookup<string, string> Fields, string Content);
