import * as cdk from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';

export class PipelineStack extends cdk.Stack {
  constructor(scope: cdk.App, id: string) {
    super(scope, id);
    new glue.CfnJob(this, 'Load', {
      role: 'glue', command: {name: 'glueetl', scriptLocation: 's3://code/load.py'},
    });
  }
}
