// Owns: the tests that an edit repeats only the steps that depend on it.

using Microsoft.CodeAnalysis;
using TinyHost.JsonRpc.Generator.Tests.Support;

namespace TinyHost.JsonRpc.Generator.Tests;

public sealed class IncrementalTests
{
    private const string Source = """
        var rpc = new JsonRpcHandler()
            .Add("place", (Order order, List<Order> more, int count) => order)
            .Add("add", Static.Add)
            .AddMethods<IShop>();

        record Order(int Id);
        static class Static { public static int Add(int a, int b) => a + b; }
        [JsonRpcClient] interface IShop { Task<Order> PlaceAsync(Order order); }
        [JsonSerializable(typeof(Order))]
        sealed class Json : JsonSerializerContext
        {
            public Json() : base(null) { }
            public static Json Default { get; } = new();
            protected override JsonSerializerOptions? GeneratedSerializerOptions => null;
            public override JsonTypeInfo? GetTypeInfo(Type type) => null;
        }
        """;

    [Theory]
    [InlineData("class Unrelated { void Add(int a, int b) { } }")]
    [InlineData("class Unrelated { List<int> _list = []; void More() => _list.Add(1); }")]
    [InlineData("// A comment.\nclass Unrelated { }")]
    public void An_edit_elsewhere_changes_no_step_and_writes_nothing(string edited)
    {
        var before = Snippet.Of(Source).Compiles();
        var result = before.Edit("Unrelated.cs", _ => edited).Driver.GetRunResult().Results[0];
        Assert.Equal(JsonRpcGenerator.Steps.Order(), result.TrackedSteps.Keys.Intersect(JsonRpcGenerator.Steps).Order());
        Assert.All(
            JsonRpcGenerator.Steps.SelectMany(step => result.TrackedSteps[step]).SelectMany(step => step.Outputs),
            output => Assert.True(output.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged));
        Assert.All(
            result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs),
            output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    [Fact]
    public void An_edit_of_a_method_writes_it_anew()
    {
        var after = Snippet.Of(Source).Compiles().Edit("Program.cs", text => text.Replace("Add(int a, int b)", "Add(int a, long c)"));
        Assert.Contains("ParameterInfo(\"c\", global::TinyHost.JsonRpc.IntegerValue<long>", after.Generated, StringComparison.Ordinal);
    }

    [Fact]
    public void A_context_that_no_longer_lists_a_type_is_noticed()
    {
        var after = Snippet.Of(Source).Compiles().Edit("Program.cs", text => text.Replace("[JsonSerializable(typeof(Order))]", ""));
        Assert.Contains(after.Reported, one => one.Id == "TINY005");
    }
}
