// Owns: how a stage tells which paths its program names itself.
// Does not own: what is made of them (StringCache).

namespace TinyHost;

/// <summary>A stage that compares whole paths with texts of its own. Requests for these share one string, which is nobody's secret.</summary>
internal interface ILiteralPaths
{
    IEnumerable<string> LiteralPaths { get; }
}
