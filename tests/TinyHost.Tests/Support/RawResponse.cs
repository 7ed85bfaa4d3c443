// Owns: a response as it came over the wire.

namespace TinyHost.Tests.Support;

internal sealed record RawResponse(int Status, string Head, ILookup<string, string> Fields, string Content);
