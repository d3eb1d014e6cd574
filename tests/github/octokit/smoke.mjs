// Octokit against the stand-in: the whole of a pull request's life, and what is refused. Says what it saw as JSON.
import { getOctokit } from "@actions/github";

const [api, token] = process.argv.slice(2);
// Its log would tell of every refusal that is asked for here.
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const octokit = getOctokit(token, { baseUrl: api, log: silent });
const { rest } = octokit;
const where = { owner: "org", repo: "repo" };
const seen = {};

async function refusal(asked) {
  try {
    await asked;
  } catch (error) {
    return [error.status, error.response.data.message];
  }
  return null;
}

const base = (await rest.git.getRef({ ...where, ref: "heads/main" })).data.object.sha;
const parent = (await rest.git.getCommit({ ...where, commit_sha: base })).data;
const tree = (await rest.git.getTree({ ...where, tree_sha: parent.tree.sha, recursive: "1" })).data.tree;
seen.files = tree.map((entry) => [entry.path, entry.mode]);

const changed = await rest.git.createTree({
  ...where,
  base_tree: parent.tree.sha,
  tree: [{ path: "requirements.txt", mode: "100644", type: "blob", content: "a==2\n" }],
});
const commit = await rest.git.createCommit({ ...where, message: "Fix", tree: changed.data.sha, parents: [base] });
seen.verified = commit.data.verification.verified;

const { repository } = await octokit.graphql(`query { repository(owner: "org", name: "repo") { id } }`);
await octokit.graphql(
  `mutation ($id: ID!, $before: GitObjectID!, $after: GitObjectID!) {
    updateRefs(input: {repositoryId: $id, refUpdates: [
      {name: "refs/heads/fix/main", beforeOid: $before, afterOid: $after}]}) { clientMutationId }
  }`,
  { id: repository.id, before: "0".repeat(40), after: commit.data.sha },
);

const wanted = { ...where, title: "Fix", head: "fix/main", base: "main" };
const pull = (await rest.pulls.create({ ...wanted, body: "b" })).data;
seen.pull = [pull.number, pull.head.sha === commit.data.sha];
seen.again = (await refusal(rest.pulls.create(wanted)))?.[0];
seen.missing = await refusal(rest.git.getRef({ ...where, ref: "heads/none" }));
await rest.pulls.update({ ...where, pull_number: pull.number, title: "Fixed" });
await rest.issues.addLabels({ ...where, issue_number: pull.number, labels: ["dependencies"] });
for (let count = 0; count < 3; count += 1) {
  await rest.issues.createComment({ ...where, issue_number: pull.number, body: `comment ${count}` });
}
const listed = await octokit.paginate(rest.issues.listComments, { ...where, issue_number: pull.number, per_page: 2 });
seen.comments = listed.map((comment) => comment.body);
seen.files_changed = (await rest.pulls.listFiles({ ...where, pull_number: pull.number })).data.map((file) => file.filename);
await rest.checks.create({ ...where, name: "hashpin", head_sha: commit.data.sha, conclusion: "success" });
await rest.git.deleteRef({ ...where, ref: "heads/fix/main" });
seen.state = (await rest.pulls.get({ ...where, pull_number: pull.number })).data.state;

console.log(JSON.stringify(seen));
