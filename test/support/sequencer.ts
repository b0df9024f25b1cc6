import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that wait for real time are begun first, and all else is computed meanwhile; files of one project stay together. */
const PROJECTS = ['scenarios', 'workerd', 'pure'];
const FIRST = ['scenarios/crash.test.ts', 'docs/pages.test.ts', 'bench/cost.test.ts'];

const placeOf = ({ project, moduleId }: TestSpecification): number => {
  const first = FIRST.findIndex((name) => moduleId.endsWith(name));
  return first < 0 ? FIRST.length + PROJECTS.indexOf(project.name) : first;
};

export class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => placeOf(a) - placeOf(b));
  }
}
